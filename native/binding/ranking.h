// The arguments that ranking functions share: the output, and the items to leave out.
#pragma once

#include "arguments.h"

namespace multvae {

/** Where a ranking is written. */
struct RankingOutput {
  Buffer<int32_t> items;
  Buffer<float> scores;
};

/** The items that a ranking leaves out. */
struct MaskArguments {
  Buffer<int32_t> offsets, items;

  SparseRows rows(const Arguments& a, int64_t rows, int64_t columns) const {
    return sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns);
  }
};

/** Arguments 0 and 1: [rows, n] each. They share no memory with each other. */
inline RankingOutput readRanking(Arguments& a, int64_t rows, int64_t n) {
  const RankingOutput out{a.int32s(0, "items", elements(a, rows, n)),
                          a.floats(1, "scores", elements(a, rows, n))};
  requireApart(a, out.items, out.scores);
  return out;
}

/** Arguments `at` and the next. */
inline MaskArguments readMask(Arguments& a, size_t at, int64_t rows) {
  return {a.int32s(at, "maskOffsets", rows + 1), a.int32s(at + 1, "maskItems")};
}

template <class T>
void requireApartFrom(const Arguments& a, const RankingOutput& out, const Buffer<T>& input) {
  requireApart(a, out.items, input);
  requireApart(a, out.scores, input);
}

inline void requireApartFrom(const Arguments& a, const RankingOutput& out, const MaskArguments& mask) {
  requireApartFrom(a, out, mask.offsets);
  requireApartFrom(a, out, mask.items);
}

}  // namespace multvae
