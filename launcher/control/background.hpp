// Work for a thread of a pool, and what follows on the main thread.
#pragma once

#include <glib.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "worker_pool.hpp"

namespace jackfield {

// `work` runs in the pool and must not throw; `done` is called, and let go of, on the main thread.
// When the pool goes before `work` has begun, neither is called.
template <typename Result>
void in_background(WorkerPool& pool, std::function<Result()> work,
                   std::function<void(Result)> done) {
  struct Job {
    std::function<Result()> work;
    std::function<void(Result)> done;
    std::optional<Result> result;
  };
  // What a pool takes can be copied.
  auto held = std::make_shared<std::unique_ptr<Job>>(
      std::make_unique<Job>(Job{std::move(work), std::move(done), std::nullopt}));
  pool.submit([held = std::move(held)] {
    Job* job = held->release();
    job->result.emplace(job->work());
    g_idle_add_full(
        G_PRIORITY_DEFAULT,
        [](gpointer user) -> gboolean {
          auto* finished = static_cast<Job*>(user);
          finished->done(*std::move(finished->result));
          return G_SOURCE_REMOVE;
        },
        job, [](gpointer user) { delete static_cast<Job*>(user); });
  });
}

}  // namespace jackfield
