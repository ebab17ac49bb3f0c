// The choice of an instruction set.
#pragma once

#include <string>
#include <vector>

#include "../kernels/kernels.h"

namespace multvae {

/** The instruction sets that this binary holds and this processor and system can run, best first. */
const std::vector<const Kernels*>& availableKernels();

/** The kernels in use. Default: the best. */
const Kernels& kernels();

/** Chooses by name. Returns an empty string, or the reason why it failed. */
std::string chooseKernels(const std::string& name);

}  // namespace multvae
