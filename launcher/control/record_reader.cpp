#include "control/record_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "control/core/record_json.hpp"
#include "json_reader.hpp"
#include "platform/folder_files.hpp"
#include "plugins/common/gstpp.hpp"
#include "records/core/iso_time.hpp"
#include "records/message_json.hpp"
#include "records/message_log.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kMaxSummary = 1024 * 1024;          // bytes of call.json
constexpr std::size_t kMaxLatency = 16 * 1024 * 1024;     // of latency.json
constexpr std::size_t kMaxLine = 1024 * 1024;             // of a line of transcript.jsonl
constexpr std::size_t kMaxTranscript = 64 * 1024 * 1024;  // of all of it
constexpr std::size_t kMaxSearched = 4 * 1024 * 1024;     // of transcript.txt
constexpr std::size_t kMaxEntries = 10'000;
constexpr char kUnfinished[] = "unfinished";

std::string path_of(const std::string& root, const std::string& folder) {
  return gstpp::CharPtr{g_build_filename(root.c_str(), folder.c_str(), nullptr)}.get();
}

std::optional<std::string> read_all(const FolderFiles& files, const char* name, std::size_t limit) {
  FileStatus status;
  const FilePtr file = files.open(name, &status);
  if (!file || status.size > limit) return std::nullopt;
  std::string text(static_cast<std::size_t>(status.size), '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

// Unix time in ms of "20261122-140305", which is local time.
std::int64_t time_of_stamp(std::string_view stamp) {
  const auto number = [&](std::size_t at, std::size_t length) {
    return std::stoi(std::string{stamp.substr(at, length)});
  };
  const std::unique_ptr<GDateTime, gstpp::FreeWith<g_date_time_unref>> time{g_date_time_new_local(
      number(0, 4), number(4, 2), number(6, 2), number(9, 2), number(11, 2), number(13, 2))};
  return time ? g_date_time_to_unix(time.get()) * 1000 : 0;
}

// Reads a file line by line; lines that are too long are left out.
class LineReader {
 public:
  LineReader(FilePtr file, std::size_t limit) : file_(std::move(file)), left_(limit) {}

  // False at the end, or at the limit.
  bool next(std::string& line) {
    line.clear();
    for (bool too_long = false;;) {
      if (at_ == end_ && !fill()) return !line.empty() && !too_long;
      const char* begin = buffer_.data() + at_;
      const char* stop = static_cast<const char*>(std::memchr(begin, '\n', end_ - at_));
      const std::size_t length = stop ? static_cast<std::size_t>(stop - begin) : end_ - at_;
      too_long = too_long || line.size() + length > kMaxLine;
      if (!too_long) line.append(begin, length);
      at_ += length + (stop ? 1 : 0);
      if (!stop) continue;
      if (!too_long) return true;
      line.clear();
      too_long = false;
    }
  }

 private:
  bool fill() {
    at_ = 0;
    end_ = std::fread(buffer_.data(), 1, std::min(buffer_.size(), left_), file_.get());
    left_ -= end_;
    return end_ > 0;
  }

  FilePtr file_;
  std::size_t left_;
  std::vector<char> buffer_ = std::vector<char>(65536);
  std::size_t at_ = 0, end_ = 0;
};

// What transcript.jsonl adds to a summary: messages with the time since the session's start.
class Conversation {
 public:
  explicit Conversation(const RecordSummary& record)
      : started_us_(record.started_ms * 1000), task_(record.kind == kTaskKind) {}

  void read(const FolderFiles& files) {
    FilePtr file = files.open("transcript.jsonl");
    if (!file) return;
    LineReader lines{std::move(file), kMaxTranscript};
    std::string line;
    while (events.size() < kMaxEntries && lines.next(line)) {
      auto message = read_logged_message(line);
      if (!message) continue;
      const std::string name = gst_structure_get_name(message->message.get());
      if (name == "callrecorder/started")
        recording_start = gstpp::get_uint64(message->message.get(), "start", kNoTime);
      const auto event =
          task_ ? to_task_event(*message->message) : to_call_event(*message->message);
      const gint64 since = (message->real_time - started_us_) * 1000;
      see_times(*message->message, since);
      last_ns = std::max(last_ns, since);
      if (event) events.push_back({since, *event});
    }
  }

  struct Event {
    gint64 since;  // ns since the session's start
    CallEvent event;
  };
  std::vector<Event> events;
  gint64 last_ns = 0;
  std::uint64_t recording_start = kNoTime;
  // A message is told of after what it tells, so the pipeline did not begin later than this.
  static constexpr gint64 kUnknown = std::numeric_limits<gint64>::max();
  gint64 latest_zero = kUnknown;

 private:
  void see_times(const GstStructure& message, gint64 since) {
    for (const char* name : {"at", "end", "speech-end", "start"}) {
      const std::uint64_t time = gstpp::get_uint64(&message, name, kNoTime);
      if (time == kNoTime) continue;
      latest_zero = std::min(latest_zero, since - static_cast<gint64>(time));
    }
  }

  const gint64 started_us_;
  const bool task_;
};

std::optional<RecordSummary> summary_of(const FolderFiles& files, const std::string& folder,
                                        RecordDetail* detail) {
  const auto name = parse_record_name(folder);
  if (!name || !files.exists()) return std::nullopt;
  RecordSummary record{.id = std::string{name->session}};
  record.started_ms = time_of_stamp(name->stamp);
  record.recording = files.status("call.wav").has_value();
  if (const auto text = read_all(files, "call.json", kMaxSummary);
      text && read_call_json(*text, record, detail))
    return record;
  // Its writer was killed, or still writes. What there is tells how long it was.
  const auto messages = files.status("transcript.jsonl");
  if (!messages) return std::nullopt;
  record.end_reason = kUnfinished;
  record.kind = "once";
  record.failed = true;
  const auto last =
      std::max(messages->modified_ns, files.status("call.wav").value_or(FileStatus{}).modified_ns) /
      1'000'000;
  record.duration_ms = std::max<std::int64_t>(last - record.started_ms, 0);
  if (FilePtr file = files.open("transcript.jsonl")) {
    // The first message is the begin of the call.
    LineReader lines{std::move(file), kMaxLine};
    std::string line;
    if (lines.next(line)) {
      const auto message = read_logged_message(line);
      const auto event = message ? to_call_event(*message->message) : std::nullopt;
      record.call = message.has_value();
      if (const auto* started = event ? std::get_if<CallStarted>(&*event) : nullptr) {
        const auto parameter = [&](const char* key) {
          const auto it = started->parameters.find(key);
          return it == started->parameters.end() ? std::string{} : it->second;
        };
        record.from = parameter("from");
        record.to = parameter("to");
        record.kind = started->stream_sid.empty() ? "browser" : "phone";
      }
    }
  }
  return record;
}

// The message webrtc/latency, which latency.json has as it came.
std::shared_ptr<JsonObject> read_media(const FolderFiles& files) {
  const auto text = read_all(files, "latency.json", kMaxLatency);
  // Ours is strict, and has no limit that json-glib's could run into.
  if (!text || !parse_json(*text).value) return nullptr;
  const std::unique_ptr<JsonNode, gstpp::FreeWith<json_node_unref>> root{
      json_from_string(text->c_str(), nullptr)};
  JsonObject* object =
      root && JSON_NODE_HOLDS_OBJECT(root.get()) ? json_node_get_object(root.get()) : nullptr;
  JsonNode* media = object ? json_object_get_member(object, "media") : nullptr;
  if (!media || !JSON_NODE_HOLDS_OBJECT(media)) return nullptr;
  return {json_object_ref(json_node_get_object(media)), json_object_unref};
}

std::string folded(std::string_view text) {
  const gstpp::CharPtr valid{g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()))};
  return gstpp::CharPtr{g_utf8_casefold(valid.get(), -1)}.get();
}

}  // namespace

std::optional<RecordSummary> read_record(const std::string& root, const std::string& folder) {
  return summary_of(FolderFiles{path_of(root, folder)}, folder, nullptr);
}

std::optional<SessionDetail> read_record_detail(const std::string& root,
                                                const std::string& folder) {
  const FolderFiles files{path_of(root, folder)};
  RecordDetail more;
  const auto record = summary_of(files, folder, &more);
  if (!record) return std::nullopt;
  Conversation conversation{*record};
  conversation.read(files);
  SessionDetail detail;
  detail.view = view_of(*record);
  detail.errors = std::move(more.errors);
  detail.warnings = std::move(more.warnings);
  detail.media = read_media(files);
  if (more.pipeline_start_ms)
    detail.times.running_zero = static_cast<std::int64_t>(*more.pipeline_start_ms * 1e6);
  else if (conversation.latest_zero != Conversation::kUnknown)
    detail.times.running_zero = conversation.latest_zero;
  detail.recording_start_ms = more.recording_start_ms;
  if (!detail.recording_start_ms && conversation.recording_start != kNoTime)
    detail.recording_start_ms = detail.times.ms(conversation.recording_start);
  unsigned turns = 0, interruptions = 0;
  for (const auto& [since, event] : conversation.events) {
    const gint64 running = std::max<gint64>(since - detail.times.running_zero, 0);
    if (const auto* turn = std::get_if<TurnLatency>(&event))
      detail.turns.push_back(
          {.latency = *turn, .at = static_cast<std::uint64_t>(std::max<gint64>(since, 0))});
    if (const auto* said = std::get_if<CallerSaid>(&event)) {
      if (!said->is_final) continue;  // what was understood in between is of no use any more
      ++turns;
    }
    if (const auto* interrupted = std::get_if<Interrupted>(&event))
      interruptions += interrupted->confirmed;
    auto entry = transcript_entry(event, static_cast<std::uint64_t>(running));
    if (!entry) continue;
    if (std::strcmp(entry->who, "system") != 0 && std::strcmp(entry->who, "tool") != 0)
      detail.view.last_said = SessionView::LastSaid{entry->who, entry->heard.value_or(entry->text)};
    detail.entries.push_back(*std::move(entry));
  }
  if (!record->complete) {
    detail.view.turns = turns;
    detail.view.interruptions = interruptions;
  }
  return detail;
}

bool record_contains(const std::string& root, const std::string& folder, const std::string& text) {
  const FolderFiles files{path_of(root, folder)};
  const auto transcript = read_all(files, "transcript.txt", kMaxSearched);
  return transcript && folded(*transcript).find(folded(text)) != std::string::npos;
}

SessionView view_of(const RecordSummary& record) {
  SessionView view;
  view.id = record.id;
  view.line = record.line;
  view.scenario = record.scenario;
  view.kind = record.kind;
  view.phase = SessionPhase::kEnded;
  view.started_at = record.started_ms * 1000;
  view.ended_at = (record.started_ms + record.duration_ms) * 1000;
  view.duration_ms = static_cast<guint64>(record.duration_ms);
  view.call = record.call;
  view.from = record.from;
  view.to = record.to;
  view.end_reason = record.end_reason;
  view.failed = record.failed;
  view.turns = static_cast<unsigned>(
      std::min<std::uint64_t>(record.turns, std::numeric_limits<unsigned>::max()));
  view.interruptions = static_cast<unsigned>(
      std::min<std::uint64_t>(record.interruptions, std::numeric_limits<unsigned>::max()));
  view.latency = record.latency;
  view.recording = record.recording;
  return view;
}

std::optional<std::string> read_record_file(const std::string& root, const std::string& folder,
                                            const char* name, std::size_t limit) {
  return read_all(FolderFiles{path_of(root, folder)}, name, limit);
}

}  // namespace jackfield
