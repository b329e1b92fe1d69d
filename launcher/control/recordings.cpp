#include "control/recordings.hpp"

#include <glib/gstdio.h>

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

#include "control/background.hpp"
#include "control/core/waveform_json.hpp"
#include "control/record_reader.hpp"
#include "records/file_stream.hpp"
#include "records/waveform.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kMaxText = 16 * 1024 * 1024;
// A recorder writes once a second: what has been still for so long was left by a killed process.
constexpr std::int64_t kStillWrittenMs = 60'000;
// Of some file systems a time of change is no finer.
constexpr std::int64_t kCoarseTime = 2 * G_USEC_PER_SEC;

std::string path_of(const std::string& root, const std::string& folder) {
  return gstpp::CharPtr{g_build_filename(root.c_str(), folder.c_str(), nullptr)}.get();
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<GDir, gstpp::FreeWith<g_dir_close>> dir{
      g_dir_open(folder.c_str(), 0, nullptr)};
  while (const gchar* name = dir ? g_dir_read_name(dir.get()) : nullptr) names.emplace_back(name);
  return names;
}

// "call.json.A1B2C3" is what a killed writer leaves.
bool is_ours(std::string_view name) {
  constexpr std::size_t kEnding = 7;
  return std::any_of(kRecordFiles.begin(), kRecordFiles.end(), [&](std::string_view ours) {
    return name == ours || (name.size() == ours.size() + kEnding && name.starts_with(ours) &&
                            name[ours.size()] == '.');
  });
}

}  // namespace

class Recordings::Folders {
 public:
  using Names = std::shared_ptr<const std::vector<std::string>>;

  explicit Folders(const std::string& root) : root_(root) {}

  // `state` is another one when the names may be others.
  Names names(std::size_t* state = nullptr) {
    const std::lock_guard guard{lock_};
    GStatBuf found{};
    const bool there = g_stat(root_.c_str(), &found) == 0;
    const gint64 now = g_get_real_time();
    const auto changed = there ? static_cast<gint64>(found.st_mtime) * G_USEC_PER_SEC : 0;
    // Changes shortly before the last look may have come after it.
    if (!names_ || changed != changed_ || read_at_ - changed_ < kCoarseTime) {
      names_ = std::make_shared<const std::vector<std::string>>(record_names(names_in(root_)));
      changed_ = changed;
      read_at_ = now;
      ++state_;
    }
    if (state) *state = state_;
    return names_;
  }
  std::string find(const std::string& id) { return folder_of(*names(), id); }

 private:
  const std::string& root_;
  std::mutex lock_;
  Names names_;
  gint64 changed_ = 0;
  gint64 read_at_ = 0;
  std::size_t state_ = 0;
};

Recordings::Recordings(std::string root)
    : root_(std::move(root)), folders_(std::make_unique<Folders>(root_)) {}

Recordings::~Recordings() { *alive_ = false; }

template <typename Result>
bool Recordings::run(Workers& workers, std::function<Result()> work, Done<Result> done) {
  if (workers.waiting == workers.most_waiting) return false;
  ++workers.waiting;
  in_background<Result>(workers.pool, std::move(work),
                        [alive = alive_, &workers, done = std::move(done)](Result result) {
                          if (!*alive) return;
                          --workers.waiting;
                          done(std::move(result));
                        });
  return true;
}

bool Recordings::list(const EndedQuery& query, Ids running, Done<EndedPage> done) {
  return run<EndedPage>(
      lookups_,
      [this,
       query = RecordQuery{.limit = query.limit,
                           .before = query.before,
                           .line = query.line,
                           .number = query.number,
                           .failed = query.failed,
                           .text = query.text},
       running = std::move(running)] {
        std::size_t state = 0;
        const auto names = folders_->names(&state);
        if (state != index_state_) index_.set_folders(*names);
        index_state_ = state;
        RecordPage records = index_.page(
            query, running,
            [this](const std::string& folder) { return read_record(root_, folder); },
            [this](const std::string& folder, const std::string& text) {
              return record_contains(root_, folder, text);
            });
        EndedPage page{.sessions = {}, .next = std::move(records.next)};
        for (const RecordSummary& record : records.records)
          page.sessions.push_back(view_of(record));
        return page;
      },
      std::move(done));
}

bool Recordings::detail(const std::string& id, Done<std::optional<SessionDetail>> done) {
  return run<std::optional<SessionDetail>>(
      readers_,
      [this, id]() -> std::optional<SessionDetail> {
        const std::string folder = folders_->find(id);
        return folder.empty() ? std::nullopt : read_record_detail(root_, folder);
      },
      std::move(done));
}

bool Recordings::open(const std::string& id, const char* name, Done<OpenFile> done) {
  return run<OpenFile>(
      readers_,
      [this, id, name] {
        OpenFile open;
        const std::string folder = folders_->find(id);
        if (!folder.empty())
          open.file = FolderFiles{path_of(root_, folder)}.open(name, &open.status);
        return open;
      },
      std::move(done));
}

bool Recordings::read(const std::string& id, const char* name,
                      Done<std::optional<std::string>> done) {
  return run<std::optional<std::string>>(
      readers_,
      [this, id, name]() -> std::optional<std::string> {
        const std::string folder = folders_->find(id);
        return folder.empty() ? std::nullopt : read_record_file(root_, folder, name, kMaxText);
      },
      std::move(done));
}

bool Recordings::waveform(const std::string& id, std::size_t points,
                          Done<std::shared_ptr<WaveformAnswer>> done) {
  return run<std::shared_ptr<WaveformAnswer>>(
      painters_,
      [this, id, points] {
        auto answer = std::make_shared<WaveformAnswer>();
        const std::string folder = folders_->find(id);
        FileStatus status;
        FilePtr file = folder.empty()
                           ? nullptr
                           : FolderFiles{path_of(root_, folder)}.open("call.wav", &status);
        if (!file) return answer;
        const WaveformCache::Key key{folder, status.size, status.modified_ns, points};
        answer->json = waveforms_.find(key);
        if (answer->json) return answer;
        FileStream stream{std::move(file), status.size};
        auto reader = WavReader::open(stream, answer->error);
        if (!reader) return answer;
        std::vector<Envelope> channels;
        if (!read_waveform(*reader, points, channels)) {
          answer->error = "the recording cannot be read to its end";
          return answer;
        }
        const std::string json = waveform_json(reader->seconds(), channels);
        answer->json.reset(g_bytes_new(json.data(), json.size()));
        waveforms_.add(key, answer->json.get());
        return answer;
      },
      std::move(done));
}

RemovalAnswer Recordings::remove_now(const std::string& id) {
  const std::string folder = folders_->find(id);
  if (folder.empty()) return {};
  const std::string path = path_of(root_, folder);
  const FolderFiles files{path};
  const auto record = read_record(root_, folder);
  if (!record) return {};
  const std::int64_t now_ms = g_get_real_time() / 1000;
  if (!record->complete && now_ms - record->started_ms - record->duration_ms < kStillWrittenMs)
    return {.how = Removal::kStillWritten};
  bool good = true;
  std::vector<std::string> names = names_in(path);
  // By call.json the rest is found again, should this be interrupted.
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return name != "call.json"; });
  RemovalAnswer answer{.how = Removal::kRemoved, .left = {}, .line = record->line};
  for (const std::string& name : names) {
    if (!is_ours(name))
      answer.left.push_back(name);
    else if (good)
      good = files.remove(name.c_str());
  }
  if (good && answer.left.empty()) good = g_rmdir(path.c_str()) == 0;
  waveforms_.forget(folder);
  if (!good) answer.how = Removal::kFailed;
  return answer;
}

bool Recordings::remove(const std::string& id, Done<RemovalAnswer> done) {
  return run<RemovalAnswer>(
      lookups_, [this, id] { return remove_now(id); }, std::move(done));
}

}  // namespace jackfield
