// How many processors this process may use.
#pragma once

#include <string>

namespace multvae {

/** How many threads can run at once: the number of processors that this process may use, or the CPU quota of
 *  the container, rounded up, if that is less. At least 1. */
int availableCores();

/** The quota of cgroup v2 or v1 in processors, 0 where there is none. `root` is "" but in tests. */
double cpuQuota(const std::string& root);

}  // namespace multvae
