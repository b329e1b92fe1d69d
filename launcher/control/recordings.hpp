// The finished calls of a folder of recordings, and the recordings of those that run: looked up and
// read by threads of its own, told on the main thread. Everything that waits, and everything that
// is kept, is bounded. The folder may have anything in it; only what lies in folders of calls is
// read.
#pragma once

#include <glib.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/core/record_index.hpp"
#include "control/ended_sessions.hpp"
#include "control/session_view.hpp"
#include "control/waveform_cache.hpp"
#include "platform/folder_files.hpp"
#include "plugins/common/gstpp.hpp"
#include "worker_pool.hpp"

namespace jackfield {

// An open file and how much of it there was.
struct OpenFile {
  FilePtr file;
  FileStatus status;
};

struct WaveformAnswer {
  gstpp::BytesPtr json;  // null: `error` says why
  std::string error;
};

enum class Removal {
  kRemoved,
  kNoSuchSession,
  kStillWritten,  // something was written there a moment ago, and how it ended is not
  kFailed,        // by the file system
};
struct RemovalAnswer {
  Removal how = Removal::kNoSuchSession;
  std::vector<std::string> left;  // names of files that are none of ours
  std::string line;
};

class Recordings final : public EndedSessions {
 public:
  template <typename Result>
  using Done = std::function<void(Result)>;

  explicit Recordings(std::string root);
  ~Recordings() override;
  Recordings(const Recordings&) = delete;
  Recordings& operator=(const Recordings&) = delete;

  [[nodiscard]] bool list(const EndedQuery& query, Ids running, Done<EndedPage> done) override;
  [[nodiscard]] bool detail(const std::string& id,
                            Done<std::optional<SessionDetail>> done) override;

  // Each of these, too, is false when too much waits already; then `done` is never called. Nor is
  // it after the destructor.

  // The file is null when there is none. Of any session.
  [[nodiscard]] bool open(const std::string& id, const char* name, Done<OpenFile> done);
  // A text file of at most 16 MiB.
  [[nodiscard]] bool read(const std::string& id, const char* name,
                          Done<std::optional<std::string>> done);
  // `points` for each channel, fewer for a very short recording.
  [[nodiscard]] bool waveform(const std::string& id, std::size_t points,
                              Done<std::shared_ptr<WaveformAnswer>> done);
  // Only of sessions that do not run.
  [[nodiscard]] bool remove(const std::string& id, Done<RemovalAnswer> done);

 private:
  // The names of the folders, read anew when the folder of recordings has changed. Any thread.
  class Folders;
  // One kind of work.
  struct Workers {
    Workers(unsigned threads, std::size_t most) : most_waiting(most), pool(threads) {}
    const std::size_t most_waiting;
    std::size_t waiting = 0;  // of the main thread
    WorkerPool pool;
  };

  template <typename Result>
  bool run(Workers& workers, std::function<Result()> work, Done<Result> done);
  RemovalAnswer remove_now(const std::string& id);

  const std::string root_;
  const std::unique_ptr<Folders> folders_;
  RecordIndex index_;            // of the one thread of `lookups_`
  std::size_t index_state_ = 0;  // of the folders, the same
  WaveformCache waveforms_;      // any thread
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  // Last: they end before everything they use goes.
  Workers lookups_{1, 64};
  Workers readers_{2, 64};
  Workers painters_{2, 32};
};

}  // namespace jackfield
