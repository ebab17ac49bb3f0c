// The pool of threads.
#include "pool.h"

#include <algorithm>
#include <system_error>

#include "cores.h"

namespace multvae {

namespace {

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/** Spins for a few microseconds, then yields to other processes. */
template <class F>
void awaitBusy(const F& ready) {
  for (int spins = 0; !ready(); spins++) {
    if (spins < 2000) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
}

}  // namespace

Pool& Pool::shared() {
  static Pool* pool = new Pool;
  return *pool;
}

void Pool::retain() {
  const std::lock_guard<std::mutex> lock(owner_);
  users_++;
}

void Pool::release() {
  const std::lock_guard<std::mutex> lock(owner_);
  if (--users_ == 0) stopThreads();
}

int Pool::threads() {
  int threads = threads_.load();
  if (threads == 0) {
    threads = availableCores();
    int unset = 0;
    if (!threads_.compare_exchange_strong(unset, threads)) threads = unset;
  }
  return threads;
}

void Pool::setThreads(int threads) {
  if (threads_.exchange(threads) >= threads) return;
  {
    const std::lock_guard<std::mutex> awake(sleep_);
  }
  wanted_.notify_all();
}

void Pool::startThreads() {
  const size_t wanted = static_cast<size_t>(threads()) - 1;
  try {
    while (workers_.size() < wanted) {
      const int place = static_cast<int>(workers_.size()) + 1;
      workers_.emplace_back([this, place] { serve(place); });
    }
  } catch (const std::system_error&) {
    // Fewer threads compute the same result. The next region does not try again until more are requested.
    threads_ = static_cast<int>(workers_.size()) + 1;
  }
}

void Pool::stopThreads() {
  {
    const std::lock_guard<std::mutex> lock(sleep_);
    stopping_ = true;
  }
  wake_.notify_all();
  wanted_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  stopping_ = false;
}

void Pool::Region::work() {
  const int64_t total = ends[phases - 1];
  int64_t phase = 0;
  for (;;) {
    const int64_t index = next.fetch_add(1, std::memory_order_relaxed);
    if (index >= total) return;
    while (index >= ends[phase]) phase++;
    const int64_t start = phase == 0 ? 0 : ends[phase - 1];
    // Tasks are taken in order, so a thread is at work on each task that is waited for.
    awaitBusy([&] { return done.load(std::memory_order_acquire) >= start; });
    task(context, phase, index - start);
    done.fetch_add(1, std::memory_order_release);
  }
}

void Pool::runPhases(const int64_t* ends, int64_t phases, Task task, const void* context) {
  Region region;
  region.ends = ends;
  region.phases = phases;
  region.task = task;
  region.context = context;
  std::unique_lock<std::mutex> lock(owner_, std::try_to_lock);
  // Another Node thread uses the pool. This one computes alone, which gives the same numbers.
  const int count = threads();
  if (!lock.owns_lock() || ends[phases - 1] <= 1 || count == 1) return region.work();
  if (workers_.size() + 1 < static_cast<size_t>(count)) startThreads();
  region_ = &region;
  const uint64_t before = state_.load();
  state_.store((before / generation + 1) * generation + open);
  if (sleeping_.load() > 0) {
    {
      const std::lock_guard<std::mutex> awake(sleep_);
    }
    wake_.notify_all();
  }
  region.work();
  state_.fetch_and(~open);
  awaitBusy([&] { return (state_.load(std::memory_order_acquire) & (open - 1)) == 0; });
  region_ = nullptr;
}

void Pool::serve(int place) {
  uint64_t seen = 0;
  int idle = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    uint64_t state = state_.load();
    // Read after the state: a region that is open now began after the number was set.
    if (place >= threads_.load()) {
      std::unique_lock<std::mutex> lock(sleep_);
      wanted_.wait(lock, [&] { return stopping_.load() || place < threads_.load(); });
      idle = 0;
    } else if ((state & open) != 0 && state / generation != seen) {
      if (!state_.compare_exchange_weak(state, state + 1)) continue;
      seen = state / generation;
      region_->work();
      state_.fetch_sub(1, std::memory_order_release);
      idle = 0;
    } else if (idle < 2000) {
      idle++;
      pause();
    } else {
      std::unique_lock<std::mutex> lock(sleep_);
      sleeping_++;
      wake_.wait(lock, [&] {
        const uint64_t now = state_.load();
        return stopping_.load() || ((now & open) != 0 && now / generation != seen);
      });
      sleeping_--;
      idle = 0;
    }
  }
}

}  // namespace multvae
