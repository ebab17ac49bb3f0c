// The choice of an instruction set.
#pragma once

#include <string>
#include <vector>

#include "../kernels/kernels.h"

namespace multvae {

/** The instruction sets that this binary holds and this processor and system can run, best first. */
const std::vector<const Kernels*>& availableKernels();

/** The kernels in use: the best, until another is chosen. */
const Kernels& kernels();

/** Chooses by name. Returns an empty string, or why it cannot be. */
std::string chooseKernels(const std::string& name);

}  // namespace multvae
