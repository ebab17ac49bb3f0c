// Matrix products of any shape: blocked, thin, or of one column.
#include <algorithm>
#include <vector>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"
#include "scratch.h"

namespace multvae {

namespace {

/** Units of a right panel in a round. They about fill the first-level cache; each further block of the depth
 *  costs another pass over the result. */
constexpr int64_t panelUnits = 10240;
constexpr int64_t roundUnits = 640;
/** Rows and columns of a round. Its packed panels stay in the last-level cache. */
constexpr int64_t roundRows = 1032;
constexpr int64_t roundColumns = 2048;
/** Rows and columns of a task. Its left panels stay in the second-level cache. */
constexpr int64_t taskRows = 192;
constexpr int64_t taskColumns = 128;
/** Lanes packed in one task. */
constexpr int64_t packLanes = 64;

/** Up to this number of rows, packing the right matrix costs more than it saves. */
constexpr int64_t thinRows = 4;

int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }
int64_t roundUp(int64_t a, int64_t b) { return ceilDivide(a, b) * b; }

/** The size of equal parts of at most `max`, in whole steps. */
int64_t evenParts(int64_t total, int64_t max, int64_t step) {
  const int64_t parts = std::max<int64_t>(1, ceilDivide(total, max));
  return std::max(step, roundUp(ceilDivide(total, parts), step));
}

/**
 * The blocked product. Rounds go over column blocks, row blocks and, innermost, depth. A round packs a
 * block of each operand, multiplies them and adds to `out`. While a round multiplies, the next one is packed
 * into the other half of the panels. The terms of an element are added in the order of depth, by any thread.
 */
class BlockedProduct {
 public:
  BlockedProduct(const ProductKernel& kernel, const Product& product, float* out, const float* left,
                 const float* right)
      : kernel_(kernel), p_(product), out_(out), left_(left), right_(right) {
    stride_ = p_.outStride == 0 ? p_.columns : p_.outStride;
    leftStride_ = p_.leftStride != 0 ? p_.leftStride : p_.leftTransposed ? p_.rows : p_.depth;
    const int64_t step = kernel.depth == 1 ? 4 : 8;
    const int64_t most = std::min(roundUnits, panelUnits / kernel.columns);
    depthBlock_ = evenParts(p_.depth, most * kernel.depth, step);
    rowBlock_ = evenParts(p_.rows, roundRows, kernel.rows);
    columnBlock_ = evenParts(p_.columns, roundColumns, kernel.columns);
    depthBlocks_ = ceilDivide(p_.depth, depthBlock_);
    rowBlocks_ = ceilDivide(p_.rows, rowBlock_);
    columnBlocks_ = ceilDivide(p_.columns, columnBlock_);
    taskRows_ = roundUp(taskRows, kernel.rows);
    taskColumns_ = roundUp(taskColumns, kernel.columns);
    // There are enough tasks for all threads to end at about the same time. The grid of tiles does not
    // change, so no sum does.
    const int64_t wanted = 8 * Pool::shared().threads();
    const auto tasks = [&] {
      return ceilDivide(rowBlock_, taskRows_) * ceilDivide(columnBlock_, taskColumns_);
    };
    while (tasks() < wanted && taskColumns_ > kernel.columns) {
      taskColumns_ = roundUp(taskColumns_ / 2, kernel.columns);
    }
    while (tasks() < wanted && taskRows_ > kernel.rows) {
      taskRows_ = roundUp(taskRows_ / 2, kernel.rows);
    }
    leftLanes_ = roundUp(packLanes, kernel.rows);
    rightLanes_ = roundUp(packLanes, kernel.columns);
  }

  /** Whether each element is one sum, which `accumulate` adds to `out` as a whole. */
  bool isOneSum() const { return depthBlocks_ == 1; }

  void run() {
    const int64_t rounds = columnBlocks_ * rowBlocks_ * depthBlocks_;
    const int64_t units = ceilDivide(depthBlock_, kernel_.depth);
    const int64_t leftSize = roundUp(rowBlock_ * units, 16);
    const int64_t rightSize = roundUp(columnBlock_ * units, 16);
    thread_local Scratch scratch;
    float* panels = scratch.atLeast<float>(static_cast<size_t>(2 * (leftSize + rightSize)));
    for (int half = 0; half < 2; half++) {
      leftPanels_[half] = panels + half * leftSize;
      rightPanels_[half] = panels + 2 * leftSize + half * rightSize;
    }
    std::vector<int64_t> ends;
    ends.reserve(static_cast<size_t>(rounds) + 1);
    int64_t tasks = 0;
    for (int64_t phase = 0; phase <= rounds; phase++) {
      if (phase > 0) tasks += multiplyTasks(round(phase - 1));
      if (phase < rounds) tasks += packTasks(round(phase));
      ends.push_back(tasks);
    }
    Pool::shared().runPhases(ends, [this, rounds](int64_t phase, int64_t index) {
      if (phase > 0) {
        const Round now = round(phase - 1);
        const int64_t multiplications = multiplyTasks(now);
        if (index < multiplications) return multiplyTask(now, index);
        index -= multiplications;
      }
      if (phase < rounds) packTask(round(phase), index);
    });
  }

 private:
  struct Round {
    int64_t half;
    int64_t row, rows, column, columns, step, steps;
  };

  Round round(int64_t index) const {
    const int64_t depthIndex = index % depthBlocks_;
    const int64_t rowIndex = index / depthBlocks_ % rowBlocks_;
    const int64_t columnIndex = index / depthBlocks_ / rowBlocks_;
    Round r;
    r.half = index % 2;
    r.row = rowIndex * rowBlock_;
    r.rows = std::min(rowBlock_, p_.rows - r.row);
    r.column = columnIndex * columnBlock_;
    r.columns = std::min(columnBlock_, p_.columns - r.column);
    r.step = depthIndex * depthBlock_;
    r.steps = std::min(depthBlock_, p_.depth - r.step);
    return r;
  }

  int64_t multiplyTasks(const Round& r) const {
    return ceilDivide(r.rows, taskRows_) * ceilDivide(r.columns, taskColumns_);
  }

  int64_t packTasks(const Round& r) const {
    return ceilDivide(r.rows, leftLanes_) + ceilDivide(r.columns, rightLanes_);
  }

  void packTask(const Round& r, int64_t index) const {
    const int64_t units = ceilDivide(r.steps, kernel_.depth);
    const int64_t leftTasks = ceilDivide(r.rows, leftLanes_);
    if (index < leftTasks) {
      const int64_t lane = index * leftLanes_;
      const int64_t row = r.row + lane;
      const bool byStep = !p_.leftTransposed;  // [rows, depth]: steps lie side by side
      const float* source = byStep ? left_ + row * leftStride_ + r.step : left_ + r.step * leftStride_ + row;
      kernel_.packLeft[byStep](leftPanels_[r.half] + lane * units, source, leftStride_,
                               std::min(leftLanes_, r.rows - lane), r.steps);
      return;
    }
    const int64_t lane = (index - leftTasks) * rightLanes_;
    const int64_t column = r.column + lane;
    const bool byStep = p_.rightTransposed;  // [columns, depth]
    const float* source =
        byStep ? right_ + column * p_.rightStride + r.step : right_ + r.step * p_.rightStride + column;
    kernel_.packRight[byStep](rightPanels_[r.half] + lane * units, source, p_.rightStride,
                              std::min(rightLanes_, r.columns - lane), r.steps);
  }

  void multiplyTask(const Round& r, int64_t index) const {
    const int64_t units = ceilDivide(r.steps, kernel_.depth);
    const int64_t columnTasks = ceilDivide(r.columns, taskColumns_);
    const int64_t firstRow = index / columnTasks * taskRows_;
    const int64_t endRow = std::min(firstRow + taskRows_, r.rows);
    const int64_t firstColumn = index % columnTasks * taskColumns_;
    const int64_t endColumn = std::min(firstColumn + taskColumns_, r.columns);
    const bool isLast = r.step + r.steps == p_.depth;
    for (int64_t column = firstColumn; column < endColumn; column += kernel_.columns) {
      const float* right = rightPanels_[r.half] + column * units;
      const float* bias = isLast && p_.bias ? p_.bias + r.column + column : nullptr;
      const int64_t columns = std::min(kernel_.columns, endColumn - column);
      for (int64_t row = firstRow; row < endRow; row += kernel_.rows) {
        kernel_.tile(out_ + (r.row + row) * stride_ + r.column + column, stride_,
                     leftPanels_[r.half] + row * units, right, units, std::min(kernel_.rows, endRow - row),
                     columns, p_.accumulate || r.step > 0, bias);
      }
    }
    if (!isLast || p_.activation == Unary::identity) return;
    for (int64_t row = firstRow; row < endRow; row++) {
      float* at = out_ + (r.row + row) * stride_ + r.column + firstColumn;
      kernels().unary(at, p_.activation, at, endColumn - firstColumn);
    }
  }

  const ProductKernel& kernel_;
  const Product& p_;
  float* out_;
  const float* left_;
  const float* right_;
  float* leftPanels_[2];
  float* rightPanels_[2];
  int64_t stride_, leftStride_;
  int64_t depthBlock_, rowBlock_, columnBlock_;
  int64_t depthBlocks_, rowBlocks_, columnBlocks_;
  int64_t taskRows_, taskColumns_, leftLanes_, rightLanes_;
};

/** The products of blocks of the depth, added along a binary tree. */
class ProductTree {
 public:
  ProductTree(const ProductKernel& kernel, const Product& product, const float* left, const float* right,
              int64_t blockWidth)
      : kernel_(kernel), p_(product), left_(left), right_(right), blockWidth_(blockWidth) {}

  /** out = the sum of blocks begin..begin+count; nothing where there are none.
   *  @param sums - [levels, rows, columns], working memory */
  void add(float* out, float* sums, int64_t begin, int64_t count) const {
    if (begin * blockWidth_ >= p_.depth) return;
    if (count == 1) {
      const Product one = part(begin);
      return BlockedProduct(kernel_, one, out, leftAt(begin), rightAt(begin)).run();
    }
    const int64_t half = count / 2, middle = begin + half;
    add(out, sums, begin, half);
    if (middle * blockWidth_ >= p_.depth) return;
    if (half == 1) {
      Product more = part(middle);
      more.accumulate = true;
      BlockedProduct product(kernel_, more, out, leftAt(middle), rightAt(middle));
      // The tile adds the whole sum of the block to `out`.
      if (product.isOneSum()) return product.run();
    }
    const int64_t size = p_.rows * p_.columns;
    add(sums, sums + size, middle, half);
    Pool::shared().ranges(size, addGrain, [=](int64_t from, int64_t to) {
      kernels().binary(out + from, Binary::add, out + from, 1, sums + from, 1, to - from);
    });
  }

 private:
  static constexpr int64_t addGrain = 1 << 14;

  Product part(int64_t index) const {
    Product p = p_;
    p.leftStride = p_.leftStride == 0 ? p_.depth : p_.leftStride;
    p.depth = std::min(blockWidth_, p_.depth - index * blockWidth_);
    return p;
  }

  const float* leftAt(int64_t index) const { return left_ + index * blockWidth_; }

  const float* rightAt(int64_t index) const {
    return right_ + index * blockWidth_ * (p_.rightTransposed ? 1 : p_.rightStride);
  }

  const ProductKernel& kernel_;
  const Product& p_;
  const float* left_;
  const float* right_;
  int64_t blockWidth_;
};

/** A product of depth 0: the bias only. */
void biasOnly(const Product& p, float* out) {
  for (int64_t row = 0; row < p.rows; row++) {
    float* at = out + row * p.columns;
    if (p.bias) {
      std::copy(p.bias, p.bias + p.columns, at);
    } else {
      std::fill(at, at + p.columns, 0.0f);
    }
    kernels().unary(at, p.activation, at, p.columns);
  }
}

void multiplyThin(const Product& p, float* out, const float* left, const float* right) {
  const int64_t rowStride = p.leftTransposed ? 1 : p.depth;
  const int64_t depthStride = p.leftTransposed ? p.rows : 1;
  Pool::shared().ranges(p.columns, 1024, [&](int64_t begin, int64_t end) {
    const Kernels& k = kernels();
    k.thinProduct(out, left, right, p.bias, p.rows, p.depth, p.columns, rowStride, depthStride, p.rightStride,
                  begin, end);
    if (p.activation == Unary::identity) return;
    for (int64_t row = 0; row < p.rows; row++) {
      float* at = out + row * p.columns + begin;
      k.unary(at, p.activation, at, end - begin);
    }
  });
}

}  // namespace

void multiply(float* out, const float* left, const float* right, const Product& product,
              const ProductKernel& kernel) {
  if (product.rows == 0 || product.columns == 0) return;
  if (product.depth == 0) return biasOnly(product, out);
  BlockedProduct(kernel, product, out, left, right).run();
}

void multiply(float* out, const float* left, const float* right, const Product& product) {
  const bool isThin = product.rows > 0 && product.rows <= thinRows && !product.rightTransposed;
  if (isThin) return multiplyThin(product, out, left, right);
  multiply(out, left, right, product, kernels().product);
}

void multiplyBlocks(float* out, const float* left, const float* right, const Product& product,
                    int64_t blockWidth, const ProductKernel& kernel) {
  if (product.rows == 0 || product.columns == 0) return;
  if (product.depth == 0) return biasOnly(product, out);
  int64_t blocks = 1, levels = 0;
  for (; blocks * blockWidth < product.depth; blocks *= 2) levels++;
  thread_local Scratch scratch;
  float* sums = scratch.atLeast<float>(static_cast<size_t>(levels * product.rows * product.columns));
  ProductTree(kernel, product, left, right, blockWidth).add(out, sums, 0, blocks);
}

}  // namespace multvae
