// A bounded heap of the best items. Order: score descending, ties by lower index, NaN below -infinity.
#pragma once

#include "kernels.h"
#include "vector.h"

KERNELS_BEGIN

INLINE bool scoresBelow(float a, float b) { return a < b || (a != a && b == b); }

INLINE bool isWorse(const Ranking* heap, int64_t a, int64_t b) {
  if (scoresBelow(heap->scores[a], heap->scores[b])) return true;
  if (scoresBelow(heap->scores[b], heap->scores[a])) return false;
  return heap->items[a] > heap->items[b];
}

INLINE void swapPlaces(Ranking* heap, int64_t a, int64_t b) {
  const int32_t item = heap->items[a];
  const float score = heap->scores[a];
  heap->items[a] = heap->items[b];
  heap->scores[a] = heap->scores[b];
  heap->items[b] = item;
  heap->scores[b] = score;
}

[[maybe_unused]] void sink(Ranking* heap) {
  int64_t parent = 0;
  for (;;) {
    int64_t worst = parent;
    const int64_t left = 2 * parent + 1;
    if (left < heap->size && isWorse(heap, left, worst)) worst = left;
    if (left + 1 < heap->size && isWorse(heap, left + 1, worst)) worst = left + 1;
    if (worst == parent) return;
    swapPlaces(heap, parent, worst);
    parent = worst;
  }
}

/** Items arrive by rising index, so among equal scores the kept one stays. */
[[maybe_unused]] void offer(Ranking* heap, int32_t item, float score) {
  if (heap->size < heap->capacity) {
    int64_t child = heap->size++;
    heap->items[child] = item;
    heap->scores[child] = score;
    while (child > 0) {
      const int64_t parent = (child - 1) / 2;
      if (!isWorse(heap, child, parent)) return;
      swapPlaces(heap, child, parent);
      child = parent;
    }
  } else if (heap->size > 0 && scoresBelow(heap->scores[0], score)) {
    heap->items[0] = item;
    heap->scores[0] = score;
    sink(heap);
  }
}

[[maybe_unused]] void rank(Ranking* heap, const float* scores, int32_t first, int64_t n,
                           const uint8_t* marks) {
  int64_t i = 0;
  while (i < n) {
    // Once the heap is full, almost every vector of scores lies below its root and can be skipped whole.
    // A root that is NaN lies below every number; then each score is offered.
    const bool canSkip =
        heap->size == heap->capacity && heap->size > 0 && heap->scores[0] == heap->scores[0] && i + W <= n;
    if (canSkip && !anyLane(load(scores + i) > heap->scores[0])) {
      i += W;
      continue;
    }
    const int64_t end = i + W <= n ? i + W : n;
    for (; i < end; i++) {
      if (!marks || !marks[i]) offer(heap, first + static_cast<int32_t>(i), scores[i]);
    }
  }
}

KERNELS_END
