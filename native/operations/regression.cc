// Sparse item-item regressions: the items that correlate with each item, and each item's weights from them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"
#include "scratch.h"

namespace multvae {

namespace {

/** Items of one task. */
constexpr int64_t itemsPerTask = 4;

/** An item with what it is chosen by. */
struct Choice {
  float strength;
  int32_t item;
  float weight;
};

bool isStronger(const Choice& a, const Choice& b) {
  return a.strength != b.strength ? a.strength > b.strength : a.item < b.item;
}

/** Keeps the n strongest, ties by item, and sorts them by item. */
void keepStrongest(std::vector<Choice>& choices, int64_t n) {
  if (static_cast<int64_t>(choices.size()) > n) {
    std::nth_element(choices.begin(), choices.begin() + n, choices.end(), isStronger);
    choices.resize(static_cast<size_t>(n));
  }
  std::sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) { return a.item < b.item; });
}

/** Writes the choices to a row of the output, and -1 and 0 after them. */
void writeRow(int32_t* items, float* values, int64_t width, const std::vector<Choice>& choices) {
  for (int64_t k = 0; k < width; k++) {
    const bool isGiven = k < static_cast<int64_t>(choices.size());
    items[k] = isGiven ? choices[static_cast<size_t>(k)].item : -1;
    values[k] = isGiven ? choices[static_cast<size_t>(k)].weight : 0.0f;
  }
}

int64_t rowLength(const SparseRows& rows, int64_t row) { return rows.offsets[row + 1] - rows.offsets[row]; }

/** Clicks in common of one item with all others. */
class Companions {
 public:
  explicit Companions(int64_t items) : counts_(static_cast<size_t>(items), 0) {}

  /** @param users - by item. @param clicks - by user */
  const std::vector<int32_t>& count(const SparseRows& users, const SparseRows& clicks, int64_t item) {
    for (const int32_t j : found_) counts_[static_cast<size_t>(j)] = 0;
    found_.clear();
    for (int64_t k = users.offsets[item]; k < users.offsets[item + 1]; k++) {
      const int32_t u = users.items[k];
      for (int64_t c = clicks.offsets[u]; c < clicks.offsets[u + 1]; c++) {
        const int32_t j = clicks.items[c];
        if (counts_[static_cast<size_t>(j)]++ == 0) found_.push_back(j);
      }
    }
    return found_;
  }

  int32_t of(int32_t item) const { return counts_[static_cast<size_t>(item)]; }

 private:
  std::vector<int32_t> counts_;
  std::vector<int32_t> found_;
};

/** The Gram matrix of a few items: what the users who clicked each two of them weigh. */
class SmallGram {
 public:
  SmallGram(int64_t users, const float* userWeights)
      : userWeights_(userWeights), places_(static_cast<size_t>(users), 0) {}

  /** Adds to `gram`, [size, stride], on and above the diagonal. @param users - by item */
  void add(float* gram, int64_t stride, const SparseRows& users, const int32_t* items, int64_t size) {
    found_.clear();
    for (int64_t s = 0; s < size; s++) {
      for (int64_t k = users.offsets[items[s]]; k < users.offsets[items[s] + 1]; k++) {
        const int32_t u = users.items[k];
        if (places_[static_cast<size_t>(u)]++ == 0) found_.push_back(u);
      }
    }
    // places_[u]: where the list of u ends so far.
    int32_t end = 0;
    for (const int32_t u : found_) {
      const int32_t count = places_[static_cast<size_t>(u)];
      places_[static_cast<size_t>(u)] = end;
      end += count;
    }
    lists_.resize(static_cast<size_t>(end));
    for (int64_t s = 0; s < size; s++) {
      for (int64_t k = users.offsets[items[s]]; k < users.offsets[items[s] + 1]; k++) {
        lists_[static_cast<size_t>(places_[static_cast<size_t>(users.items[k])]++)] = static_cast<int32_t>(s);
      }
    }
    int32_t begin = 0;
    for (const int32_t u : found_) {
      const int32_t last = places_[static_cast<size_t>(u)];
      const float weight = userWeights_[u];
      for (int32_t a = begin; a < last; a++) {
        float* row = gram + lists_[static_cast<size_t>(a)] * stride;
        for (int32_t b = a; b < last; b++) row[lists_[static_cast<size_t>(b)]] += weight;
      }
      begin = last;
      places_[static_cast<size_t>(u)] = 0;
    }
  }

 private:
  const float* userWeights_;
  /** By user; zeros between calls. */
  std::vector<int32_t> places_;
  std::vector<int32_t> found_;
  std::vector<int32_t> lists_;
};

}  // namespace

void correlatedItems(int32_t* items, float* strengths, int64_t most, const SparseRows& clicks,
                     const SparseRows& users, int64_t first, int64_t count, double least) {
  const double userCount = static_cast<double>(clicks.rows);
  // Computed once: a pair of items meets a thousand times more often than an item has neighbours.
  std::vector<double> spreads(static_cast<size_t>(clicks.columns));
  for (int64_t item = 0; item < clicks.columns; item++) {
    const double n = static_cast<double>(rowLength(users, item));
    spreads[static_cast<size_t>(item)] = std::sqrt(n - n * n / userCount);
  }
  const float floor = static_cast<float>(least);
  Pool::shared().ranges(count, itemsPerTask * 16, [&](int64_t begin, int64_t end) {
    Companions companions(clicks.columns);
    std::vector<Choice> choices;
    for (int64_t row = begin; row < end; row++) {
      const int64_t item = first + row;
      const double own = static_cast<double>(rowLength(users, item));
      choices.clear();
      for (const int32_t j : companions.count(users, clicks, item)) {
        if (j == item) continue;
        const double other = static_cast<double>(rowLength(users, j));
        const double both = spreads[static_cast<size_t>(item)] * spreads[static_cast<size_t>(j)];
        if (!(both > 0)) continue;
        const float r = static_cast<float>(std::fabs(companions.of(j) - own * other / userCount) / both);
        if (r >= floor) choices.push_back({r, j, r});
      }
      keepStrongest(choices, most);
      writeRow(items + row * most, strengths + row * most, most, choices);
    }
  });
}

void itemRegressions(int32_t* items, float* weights, int64_t most, const SparseRows& users,
                     const float* userWeights, const SparseRows& candidates, int64_t first, double lambda,
                     double clicksPenalty) {
  const Kernels& k = kernels();
  Pool::shared().ranges(candidates.rows, itemsPerTask * 16, [&](int64_t begin, int64_t end) {
    thread_local Scratch scratch;
    SmallGram gram(users.columns, userWeights);
    std::vector<int32_t> chosen;
    std::vector<Choice> choices;
    for (int64_t row = begin; row < end; row++) {
      const int64_t size = rowLength(candidates, row), stride = size + 1;
      chosen.assign(candidates.items + candidates.offsets[row],
                    candidates.items + candidates.offsets[row + 1]);
      chosen.push_back(static_cast<int32_t>(first + row));
      // The item itself stands last: its column is the right-hand side.
      float* matrix = scratch.atLeast<float>(static_cast<size_t>((size + 1) * stride + size));
      float* solution = matrix + (size + 1) * stride;
      std::fill(matrix, matrix + (size + 1) * stride, 0.0f);
      gram.add(matrix, stride, users, chosen.data(), size + 1);
      for (int64_t s = 0; s < size; s++) {
        float* diagonal = matrix + s * stride + s;
        *diagonal = static_cast<float>(*diagonal * (1 + clicksPenalty) + lambda);
      }
      if (!k.solve(matrix, solution, size)) {
        std::fill(items + row * most, items + (row + 1) * most, -1);
        std::fill(weights + row * most, weights + (row + 1) * most, std::numeric_limits<float>::quiet_NaN());
        continue;
      }
      choices.clear();
      for (int64_t s = 0; s < size; s++) {
        choices.push_back({std::fabs(solution[s]), chosen[static_cast<size_t>(s)], solution[s]});
      }
      keepStrongest(choices, most);
      writeRow(items + row * most, weights + row * most, most, choices);
    }
  });
}

}  // namespace multvae
