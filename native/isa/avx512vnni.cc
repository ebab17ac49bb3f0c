// The int8 product of AVX-512-VNNI; everything else is that of AVX-512.
#define MULTVAE_SPACE avx512vnni
#define MULTVAE_WIDTH 16
#include "../kernels/panel.h"

KERNELS_BEGIN

/** vpdpbusd: the sum of four products of bytes in every lane. */
struct VnniDot {
  static INLINE I add(I sum, U a, U b) {
    return reinterpret_cast<I>(_mm512_dpbusd_epi32(
        reinterpret_cast<__m512i>(sum), reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
  }
};

KERNELS_END

namespace multvae {
extern const PanelProduct avx512VnniPanel;
constexpr PanelProduct avx512VnniPanel =
    avx512vnni::panelProduct<avx512vnni::Int8Panel<avx512vnni::VnniDot>, 12>;
}  // namespace multvae
