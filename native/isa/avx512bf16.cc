// The bf16 product of AVX-512-BF16; everything else is that of AVX-512.
#define MULTVAE_SPACE avx512bf16
#define MULTVAE_WIDTH 16
#include "../kernels/panel.h"
#include "../kernels/product.h"

KERNELS_BEGIN

/** vdpbf16ps: sum + a.odd · b.odd + a.even · b.even in every lane. */
struct Bf16Unit {
  typedef U Lanes;
  static INLINE U lanes(const float* p) { return bits(load(p)); }
  static INLINE U broadcast(const float* p) {
    uint32_t unit;
    memcpy(&unit, p, 4);
    return splat(unit);
  }
  static INLINE V multiplyAdd(V sum, U a, U b) {
    return reinterpret_cast<V>(_mm512_dpbf16_ps(reinterpret_cast<__m512>(sum), reinterpret_cast<__m512bh>(a),
                                                reinterpret_cast<__m512bh>(b)));
  }
};

KERNELS_END

namespace multvae {
extern const ProductKernel avx512Bf16Product;
constexpr ProductKernel avx512Bf16Product = avx512bf16::productKernel<avx512bf16::Bf16Unit, 2, 12, 2>();
extern const PanelProduct avx512Bf16Panel;
constexpr PanelProduct avx512Bf16Panel =
    avx512bf16::panelProduct<avx512bf16::Bf16Panel<avx512bf16::Bf16Unit>, 12>;
}  // namespace multvae
