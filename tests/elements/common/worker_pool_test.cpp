#include "worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using jackfield::SerialTask;
using jackfield::WorkerPool;

constexpr auto kLong = 30s;

TEST(WorkerPool, RunsEveryJob) {
  std::atomic<int> sum{0};
  std::promise<void> done;
  WorkerPool pool(3);
  for (int i = 1; i <= 1000; ++i) {
    pool.submit([&, i] {
      if (sum += i; sum == 500500) done.set_value();
    });
  }
  EXPECT_EQ(done.get_future().wait_for(kLong), std::future_status::ready);
}

TEST(WorkerPool, ABlockedJobHoldsUpNobody) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> blocked{0};
  std::promise<void> reached;
  WorkerPool pool(2);
  for (int i = 0; i < 10; ++i) {
    pool.submit([&] {
      const WorkerPool::Blocking blocking(pool);
      if (++blocked == 10) reached.set_value();
      released.wait();
    });
  }
  EXPECT_EQ(reached.get_future().wait_for(kLong), std::future_status::ready);
  std::promise<void> done;
  pool.submit([&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(kLong), std::future_status::ready);
  release.set_value();
  // Its threads are fewer again, and still work.
  std::promise<void> again;
  pool.submit([&] { again.set_value(); });
  EXPECT_EQ(again.get_future().wait_for(kLong), std::future_status::ready);
}

TEST(SerialTask, NeverRunsTwiceAtATimeAndMissesNoCall) {
  WorkerPool pool(4);
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  std::atomic<int> wanted{0};
  std::atomic<int> seen{0};
  const auto task = std::make_shared<SerialTask>(pool, [&] {
    if (++inside > 1) overlapped = true;
    seen = wanted.load();
    --inside;
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        ++wanted;
        task->schedule();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < 30000 && seen != 8000; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(seen, 8000);
  EXPECT_FALSE(overlapped);
  task->stop();
}

TEST(SerialTask, IsQuietAfterStopUntilItIsStarted) {
  WorkerPool pool(2);
  std::atomic<int> runs{0};
  const auto task = std::make_shared<SerialTask>(pool, [&] {
    std::this_thread::sleep_for(20ms);
    ++runs;
  });
  task->schedule();
  task->stop();
  const int after = runs;
  task->schedule();
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(runs, after);
  task->start();
  task->schedule();
  for (int i = 0; i < 30000 && runs == after; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(runs, after + 1);
  task->stop();
}

}  // namespace
