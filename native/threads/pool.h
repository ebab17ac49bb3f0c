// The pool of threads, one a process. Work is cut into tasks, and their number depends only on shapes. A free
// thread takes the next task. The result of a task does not depend on the thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace multvae {

class Pool {
 public:
  /** Never destroyed, so that no thread can outlive it. */
  static Pool& shared();

  /** Counts the Node environments that use the pool. The last release joins the threads, because the code of
   *  the addon may be unloaded after it. */
  void retain();
  void release();

  int threads();
  /** Sets how many threads work on later regions. The others sleep, so a change costs next to nothing.
   *  @param threads 1..256, the caller's own thread included */
  void setThreads(int threads);

  /** Calls task(index) for 0..count-1, in any order, and returns after the last. */
  template <class F>
  void run(int64_t count, const F& task) {
    if (count <= 1) {
      if (count == 1) task(int64_t{0});
      return;
    }
    const int64_t ends[1] = {count};
    runPhases(ends, 1, [](const void* f, int64_t, int64_t i) { (*static_cast<const F*>(f))(i); }, &task);
  }

  /** Calls task(phase, index). A phase begins when the one before it is complete.
   *  @param ends - for each phase, how many tasks there are up to its end */
  template <class F>
  void runPhases(const std::vector<int64_t>& ends, const F& task) {
    runPhases(
        ends.data(), static_cast<int64_t>(ends.size()),
        [](const void* f, int64_t phase, int64_t i) { (*static_cast<const F*>(f))(phase, i); }, &task);
  }

  /** Calls task(begin, end) for pieces of 0..total-1 of `grain` each. */
  template <class F>
  void ranges(int64_t total, int64_t grain, const F& task) {
    run((total + grain - 1) / grain, [&](int64_t i) {
      const int64_t begin = i * grain;
      task(begin, begin + grain < total ? begin + grain : total);
    });
  }

 private:
  using Task = void (*)(const void* context, int64_t phase, int64_t index);

  /** The work that the threads share. */
  struct Region {
    const int64_t* ends;
    int64_t phases;
    Task task;
    const void* context;
    std::atomic<int64_t> next{0};
    std::atomic<int64_t> done{0};

    void work();
  };

  void runPhases(const int64_t* ends, int64_t phases, Task task, const void* context);
  void startThreads();
  void stopThreads();
  /** @param place - from 1 on; the thread takes part while it is below the number of threads */
  void serve(int place);

  /** Held while a thread runs a region, or starts or ends threads. */
  std::mutex owner_;
  int users_ = 0;
  std::atomic<int> threads_{0};
  std::vector<std::thread> workers_;

  Region* region_ = nullptr;
  /** Counts regions in steps of `generation`. Bit `open` says that threads may still join. The bits below
   *  count those that did. */
  std::atomic<uint64_t> state_{0};
  static constexpr uint64_t open = 1u << 16;
  static constexpr uint64_t generation = 1u << 17;

  std::mutex sleep_;
  /** For the threads that take part, and for the others. */
  std::condition_variable wake_, wanted_;
  std::atomic<int> sleeping_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace multvae
