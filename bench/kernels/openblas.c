/* The peer of the gemm benchmark. For each line "rows columns depth leftTransposed rightTransposed" on standard
   input, it multiplies once and prints the seconds that the product took. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void openblas_set_num_threads(int count);
char *openblas_get_corename(void);

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

int main(int count, char **words) {
  int m, n, k, ta, tb;
  size_t held = 0;
  float *a = NULL, *b = NULL, *c = NULL;
  openblas_set_num_threads(count > 1 ? atoi(words[1]) : 1);
  printf("%s\n", openblas_get_corename());
  fflush(stdout);
  while (scanf("%d %d %d %d %d", &m, &n, &k, &ta, &tb) == 5) {
    size_t most = (size_t)m * n;
    if ((size_t)m * k > most) most = (size_t)m * k;
    if ((size_t)k * n > most) most = (size_t)k * n;
    if (most > held) {
      free(a), free(b), free(c);
      a = malloc(4 * most), b = malloc(4 * most), c = malloc(4 * most);
      if (!a || !b || !c) return 1;
      for (size_t i = 0; i < most; i++) a[i] = rand() / 1e9f - 1, b[i] = rand() / 1e9f - 1;
      memset(c, 0, 4 * most);
      held = most;
    }
    double start = now();
    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, 1, a,
                ta ? m : k, b, tb ? k : n, 0, c, n);
    printf("%.9f\n", now() - start);
    fflush(stdout);
  }
  return 0;
}
