// Counts the processors that this process may use.
#include "cores.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace multvae {

namespace {

std::string firstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/** "QUOTA PERIOD" in microseconds; "max" and -1 stand for no limit. */
double quotaOf(const std::string& text) {
  std::istringstream words(text);
  std::string quota;
  double period = 0;
  if (!(words >> quota >> period) || quota == "max" || period <= 0) return 0;
  const double value = std::strtod(quota.c_str(), nullptr);
  return value > 0 ? value / period : 0;
}

double smallerLimit(double a, double b) { return a > 0 && b > 0 ? std::min(a, b) : std::max(a, b); }

/** The tightest limit from a group up to the root: every ancestor's quota counts. */
double tightest(const std::string& mount, std::string group, bool isV2) {
  double limit = 0;
  for (;;) {
    const std::string folder = mount + group;
    const std::string text =
        isV2 ? firstLine(folder + "/cpu.max")
             : firstLine(folder + "/cpu.cfs_quota_us") + " " + firstLine(folder + "/cpu.cfs_period_us");
    limit = smallerLimit(limit, quotaOf(text));
    const size_t slash = group.rfind('/');
    if (group.empty() || slash == std::string::npos) return limit;
    group.resize(slash);
  }
}

}  // namespace

double cpuQuota(const std::string& root) {
  const std::string mount = root + "/sys/fs/cgroup";
  double limit = 0;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // hierarchy:controllers:path
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    const std::string group = path == "/" ? "" : path;
    if (controllers == ",,") {
      limit = smallerLimit(limit, tightest(mount, group, true));
    } else if (controllers.find(",cpu,") != std::string::npos) {
      // Inside a container the mount may show the group itself as its root.
      limit = smallerLimit(limit, tightest(mount + "/cpu", group, false));
    }
  }
  return limit;
}

int availableCores() {
  int cores = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) cores = CPU_COUNT(&allowed);
#endif
  cores = std::max(1, cores);
  const double quota = cpuQuota("");
  return quota > 0 ? std::clamp(static_cast<int>(std::ceil(quota)), 1, cores) : cores;
}

}  // namespace multvae
