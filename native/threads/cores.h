// How many processors this process may use.
#pragma once

#include <string>

namespace multvae {

/** How many threads can run at once here: the processors this process may use, or the container's CPU
 *  quota rounded up where that is less; at least 1. */
int availableCores();

/** The quota of cgroup v2 or v1 in processors, 0 where there is none. `root` is "" but in tests. */
double cpuQuota(const std::string& root);

}  // namespace multvae
