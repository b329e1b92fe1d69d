#include "caller_memory.hpp"

#include <glib.h>

#include <utility>

#include "caller_directory.hpp"

namespace agentbrain {

using jackfield::callers::Author;
using jackfield::callers::CallerDirectory;
using jackfield::callers::DirectoryError;

namespace {

// Not the process's pool, in which speech is decoded: these wait for disks and locks. They end with
// the process.
jackfield::WorkerPool& threads() {
  static auto* pool = new jackfield::WorkerPool(2);
  return *pool;
}

std::int64_t unix_now() { return g_get_real_time() / G_USEC_PER_SEC; }

constexpr char kNothingIsKept[] =
    "the caller asked to be forgotten in this call: nothing of them is written down any more";

}  // namespace

CallerMemory::CallerMemory(std::string path, std::string identity, std::string source,
                           std::function<void(const std::string& text)> trouble)
    : path_(std::move(path)),
      identity_(std::move(identity)),
      source_(std::move(source)),
      trouble_(std::move(trouble)) {}

CallerMemory::~CallerMemory() = default;

// What is begun is done to its end, whatever becomes of the conversation: a job holds this.
void CallerMemory::add(Job job) {
  const std::lock_guard lock(lock_);
  jobs_.push_back(std::move(job));
  if (!task_)
    task_ = std::make_shared<jackfield::SerialTask>(threads(), [weak = weak_from_this()] {
      for (;;) {
        Job next;
        {
          const auto self = weak.lock();
          if (!self) return;
          const std::lock_guard guard(self->lock_);
          if (self->jobs_.empty()) return;
          next = std::move(self->jobs_.front());
          self->jobs_.pop_front();
        }
        next();
      }
    });
  task_->schedule();
}

void CallerMemory::look_up(std::function<void(const Found&)> found) {
  add([self = shared_from_this(), found = std::move(found)] {
    Found result;
    try {
      result.caller = CallerDirectory(self->path_).find(self->identity_);
    } catch (const DirectoryError& error) {
      result.error = error.what();
    }
    found(result);
    // To write may take longer than to read, and nobody waits for it.
    if (!result.caller) return;
    try {
      CallerDirectory(self->path_).called(self->identity_, unix_now());
    } catch (const DirectoryError& error) {
      self->trouble_(std::string("this call could not be counted: ") + error.what());
    }
  });
}

void CallerMemory::write(Done done, std::function<void()> work, std::string success) {
  add([self = shared_from_this(), done = std::move(done), work = std::move(work),
       success = std::move(success)] {
    // It may have been said while this waited.
    if (self->forgotten_) return done(false, kNothingIsKept);
    try {
      work();
    } catch (const DirectoryError& error) {
      // The path is nobody's business on the telephone; what was refused is the model's.
      if (error.cause() == DirectoryError::Cause::kRefused) return done(false, error.what());
      self->trouble_(std::string("of the caller something was not written down: ") + error.what());
      return done(false, "the directory of callers cannot be written now");
    }
    done(true, success);
  });
}

void CallerMemory::remember(const std::string& note, Done done) {
  if (forgotten_) return done(false, kNothingIsKept);
  if (notes_.fetch_add(1) >= kMostNotes)
    return done(false,
                "so many notes were written down in this call that there is no room for "
                "more");
  write(
      std::move(done),
      [this, note] {
        CallerDirectory(path_).add_note(
            identity_,
            {.time = unix_now(), .author = Author::kAgent, .source = source_, .text = note}, true);
      },
      "written down");
}

void CallerMemory::set_name(const std::string& name, const std::optional<std::string>& language,
                            Done done) {
  if (forgotten_) return done(false, kNothingIsKept);
  write(
      std::move(done),
      [this, name, language] {
        CallerDirectory(path_).change(identity_, {.name = name, .language = language}, unix_now(),
                                      true);
      },
      "written down");
}

void CallerMemory::forget(Done done) {
  forgotten_ = true;
  add([self = shared_from_this(), done = std::move(done)] {
    try {
      const auto forgotten = CallerDirectory(self->path_).forget(self->identity_);
      done(true, forgotten.known ? "everything that was kept of the caller is deleted"
                                 : "nothing was kept of the caller, and nothing will be");
      if (!forgotten.erased)
        self->trouble_(
            "a caller who was forgotten is still in the log of the directory: another "
            "program was reading it; it goes with the next one");
    } catch (const DirectoryError& error) {
      self->trouble_(std::string("a caller who wants to be forgotten could not be deleted: ") +
                     error.what());
      done(false,
           "it could not be deleted now: the directory cannot be written. Tell the caller "
           "so, and that they can ask again");
    }
  });
}

}  // namespace agentbrain
