#include "records/call_record.hpp"

#include <glib/gstdio.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "records/call_picture.hpp"
#include "records/core/total_latency.hpp"
#include "records/core/transcript.hpp"
#include "records/latency_stages.hpp"
#include "text/redaction.hpp"

namespace jackfield {
namespace {

// A day-long session must not grow without bound in memory; its files keep everything.
constexpr std::size_t kMaxKept = 10000;
constexpr std::size_t kMaxTexts = 100;

// What call.json has of the parameters a call began with.
const std::set<std::string_view, std::less<>> kCallFields{"from", "to",      "peer",
                                                          "room", "address", "connection"};

constexpr int kFolderMode = 0700;  // conversations are nobody else's business

template <typename T>
void keep(std::vector<T>& list, const T& item, std::size_t limit = kMaxKept) {
  if (list.size() < limit) list.push_back(item);
}

void set_microseconds(JsonObject* object, const char* name, std::uint64_t ns) {
  if (ns != kNoTime) json_object_set_int_member(object, name, static_cast<gint64>(ns / 1000));
}

// nullptr without devices.
JsonObject* audio_json(const AudioCounts& audio) {
  if (!audio.has_capture && !audio.has_playback) return nullptr;
  JsonObject* object = json_object_new();
  const auto number = [&](const char* name, std::uint64_t value) {
    json_object_set_int_member(object, name, static_cast<gint64>(value));
  };
  if (audio.has_capture) {
    number("capture-overruns", audio.overruns);
    number("capture-lost-ms", audio.lost / GST_MSECOND);
  }
  if (audio.has_playback) {
    number("playback-underruns", audio.underruns);
    number("playback-missing-ms", audio.missing / GST_MSECOND);
  }
  return object;
}

JsonArray* strings(const std::vector<std::string>& texts) {
  JsonArray* array = json_array_new();
  for (const std::string& text : texts) json_array_add_string_element(array, text.c_str());
  return array;
}

}  // namespace

std::string iso_time(gint64 real_time) {
  std::unique_ptr<GDateTime, gstpp::FreeWith<g_date_time_unref>> utc{
      g_date_time_new_from_unix_utc(real_time / G_USEC_PER_SEC)};
  gstpp::CharPtr seconds{g_date_time_format(utc.get(), "%Y-%m-%dT%H:%M:%S")};
  char text[40];
  g_snprintf(text, sizeof text, "%s.%03dZ", seconds.get(),
             static_cast<int>(real_time % G_USEC_PER_SEC / 1000));
  return text;
}

CallRecord::CallRecord(std::string folder, Session session)
    : folder_(std::move(folder)), session_(std::move(session)) {}

std::string CallRecord::path(const char* name) const {
  gstpp::CharPtr joined{g_build_filename(folder_.c_str(), name, nullptr)};
  return joined.get();
}

std::string CallRecord::recording_path() const { return path("call.wav"); }

bool CallRecord::open(gint64 started_at, std::string& error) {
  started_at_ = started_at;
  if (g_mkdir_with_parents(folder_.c_str(), kFolderMode) != 0) {
    error = "cannot make the folder " + folder_ + ": " + g_strerror(errno);
    return false;
  }
  transcript_.reset(g_fopen(path("transcript.txt").c_str(), "w"));
  messages_.reset(g_fopen(path("transcript.jsonl").c_str(), "w"));
  if (!transcript_ || !messages_) {
    error = "cannot write in the folder " + folder_ + ": " + g_strerror(errno);
    return false;
  }
  return true;
}

void CallRecord::set_task(Task task) {
  task_ = std::move(task);
  write_line("(task " + task_->name + ": " + task_->goal + ")");
}

void CallRecord::write_line(std::string_view line) {
  std::fprintf(transcript_.get(), "%s\n", redacted(std::string{line}).c_str());
  std::fflush(transcript_.get());
}

void CallRecord::message(const GstStructure& message, const std::optional<CallEvent>& event,
                         GstClockTime now) {
  const std::string name = gst_structure_get_name(&message);
  if (!pipeline_start_ && GST_CLOCK_TIME_IS_VALID(now))
    pipeline_start_ = (g_get_real_time() - started_at_) * 1000 - static_cast<std::int64_t>(now);
  if (!is_recorded(message)) return;
  JsonObjectPtr line{json_object_new()};
  json_object_set_string_member(line.get(), "time", iso_time(g_get_real_time()).c_str());
  json_object_set_string_member(line.get(), "message", name.c_str());
  json_object_set_object_member(line.get(), "fields", structure_to_json(message).release());
  std::fprintf(messages_.get(), "%s\n", redacted(to_text(line.get())).c_str());
  std::fflush(messages_.get());

  if (name == "callrecorder/started")
    recording_start_ = gstpp::get_uint64(&message, "start", recording_start_);
  usage_.add(message);
  if (auto result = task_ ? to_task_result(message) : std::nullopt) result_ = std::move(result);
  if (name == "webrtc/latency") media_latency_ = structure_to_json(message);
  if (!event) return;
  if (const auto text = transcript_line(*event, now)) write_line(format_line(*text));
  count(*event);
}

void CallRecord::count(const CallEvent& event) {
  if (const auto* started = std::get_if<CallStarted>(&event)) {
    call_ = *started;
  } else if (const auto* said = std::get_if<CallerSaid>(&event)) {
    if (said->is_final) keep(caller_, *said);
  } else if (const auto* reply = std::get_if<AgentSaid>(&event)) {
    keep(agent_, *reply);
  } else if (const auto* turn = std::get_if<TurnLatency>(&event)) {
    keep(turns_, *turn);
  } else if (const auto* interrupted = std::get_if<Interrupted>(&event)) {
    if (interrupted->confirmed) keep(interruptions_, *interrupted);
  } else if (std::get_if<Resumed>(&event)) {
    ++resumed_;
  } else if (const auto* wrong = std::get_if<StageError>(&event)) {
    keep(errors_, wrong->stage + ": " + wrong->text, kMaxTexts);
  }
}

void CallRecord::warning(const std::string& text) { keep(warnings_, text, kMaxTexts); }

void CallRecord::error(const std::string& text, const std::string& dot) {
  keep(errors_, text, kMaxTexts);
  write_line("(error: " + text + ")");
  if (!dot.empty()) write_file("pipeline-error.dot", dot);
}

void CallRecord::ended(const std::string& reason, bool failed, bool was_call, GstClockTime duration,
                       const AudioCounts& audio) {
  was_call_ = was_call;
  audio_ = audio;
  reason_ = reason;
  failed_ = failed;
  duration_ = duration;
  transcript_.reset();
  messages_.reset();
}

void CallRecord::write_file(const char* name, const std::string& content) {
  const std::string text = redacted(content);
  gstpp::ErrorPtr error;
  if (!g_file_set_contents(path(name).c_str(), text.data(), static_cast<gssize>(text.size()),
                           gstpp::OutPtr{error}))
    keep(errors_, std::string{error->message}, kMaxTexts);
}

void CallRecord::write_summary() {
  write_picture();
  if (!turns_.empty() || media_latency_) write_latency();
  write_call();
}

void CallRecord::write_call() {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) json_object_set_string_member(object, name, value.c_str());
  };
  const auto number = [&](const char* name, std::size_t value) {
    json_object_set_int_member(object, name, static_cast<gint64>(value));
  };
  text("session", session_.id);
  text("line", session_.line);
  text("scenario", session_.scenario);
  text("kind", session_.kind);
  text("started", iso_time(started_at_));
  json_object_set_int_member(object, "duration-ms", static_cast<gint64>(duration_ / GST_MSECOND));
  text("end-reason", reason_);
  json_object_set_boolean_member(object, "failed", failed_);
  json_object_set_boolean_member(object, "call", was_call_);
  text("call-sid", call_.call_sid);
  text("stream-sid", call_.stream_sid);
  text("account-sid", call_.account_sid);
  for (const auto& [name, value] : call_.parameters) {
    if (kCallFields.contains(name)) text(name.c_str(), value);
  }
  number("caller-turns", caller_.size());
  number("caller-turns-not-understood", static_cast<std::size_t>(std::count_if(
                                            caller_.begin(), caller_.end(),
                                            [](const CallerSaid& e) { return e.not_understood; })));
  number("replies", agent_.size());
  number("interruptions", interruptions_.size());
  number("false-interruptions", resumed_);
  add_times(object);
  if (JsonObjectPtr usage = usage_.json())
    json_object_set_object_member(object, "usage", usage.release());
  if (task_) add_task(object);
  if (JsonObject* audio = audio_json(audio_)) json_object_set_object_member(object, "audio", audio);
  json_object_set_array_member(object, "errors", strings(errors_));
  json_object_set_array_member(object, "warnings", strings(warnings_));
  write_file("call.json", to_text(object, true) + "\n");
}

void CallRecord::add_task(JsonObject* call) {
  JsonObject* task = json_object_new();
  const auto text = [&](const char* name, const std::string& value) {
    json_object_set_string_member(task, name, value.c_str());
  };
  text("name", task_->name);
  text("goal", task_->goal);
  text("outcome", task_outcome(result_, reason_, failed_));
  if (result_) text("text", result_->text);
  if (result_ && result_->steps) json_object_set_int_member(task, "steps", *result_->steps);
  if (result_ && result_->cost) json_object_set_double_member(task, "cost", *result_->cost);
  json_object_set_object_member(call, "task", task);
}

// For lists of calls, and to find in the recording what was said when.
void CallRecord::add_times(JsonObject* call) {
  std::vector<std::uint64_t> totals;
  for (const TurnLatency& turn : turns_)
    if (turn.total != kNoTime) totals.push_back(turn.total);
  if (const auto total = total_latency(std::move(totals))) {
    JsonObject* latency = json_object_new();
    json_object_set_double_member(latency, "last", total->last);
    json_object_set_double_member(latency, "p50", total->p50);
    json_object_set_double_member(latency, "p95", total->p95);
    json_object_set_object_member(call, "latency-ms", latency);
  }
  if (!pipeline_start_) return;
  const auto time = [&](const char* name, std::int64_t ns) {
    json_object_set_double_member(call, name, rounded_ms(static_cast<double>(ns)));
  };
  time("pipeline-start-ms", *pipeline_start_);
  if (recording_start_ != kNoTime)
    time("recording-start-ms", *pipeline_start_ + static_cast<std::int64_t>(recording_start_));
}

void CallRecord::add_turns(JsonObject* json) {
  json_object_set_string_member(json, "unit", "microseconds");
  JsonArray* turns = json_array_new();
  for (const TurnLatency& turn : turns_) {
    JsonObject* entry = json_object_new();
    json_object_set_int_member(entry, "turn", turn.turn_id);
    set_microseconds(entry, "hang-over", turn.hang_over);
    set_microseconds(entry, "stt", turn.stt);
    set_microseconds(entry, "llm", turn.llm);
    set_microseconds(entry, "tts", turn.tts);
    set_microseconds(entry, "output", turn.output);
    set_microseconds(entry, "total", turn.total);
    if (turn.typed) json_object_set_boolean_member(entry, "typed", TRUE);
    json_array_add_object_element(turns, entry);
  }
  json_object_set_array_member(json, "turns", turns);
  LatencyStages stages;
  for (const TurnLatency& turn : turns_) stages.add(turn);
  if (JsonNode* summary = json_from_string(latency_json(stages.summaries()).c_str(), nullptr))
    json_object_set_member(json, "summary", summary);
}

void CallRecord::write_latency() {
  JsonObjectPtr json{json_object_new()};
  if (!turns_.empty()) add_turns(json.get());
  // In ns, as in the message.
  if (media_latency_)
    json_object_set_object_member(json.get(), "media", json_object_ref(media_latency_.get()));
  write_file("latency.json", to_text(json.get(), true) + "\n");
}

void CallRecord::write_picture() {
  const std::string recording = recording_path();
  if (!g_file_test(recording.c_str(), G_FILE_TEST_IS_REGULAR)) return;
  gstpp::CharPtr scenario{g_path_get_basename(session_.scenario.c_str())};
  std::string error;
  const std::string svg =
      picture_of_call({.recording = recording,
                       .title = scenario.get(),
                       .subtitle = iso_time(started_at_) + ", session " + session_.id,
                       .recording_start = recording_start_ == kNoTime ? 0 : recording_start_,
                       .caller = caller_,
                       .agent = agent_,
                       .turns = turns_,
                       .interruptions = interruptions_},
                      error);
  if (svg.empty()) {
    keep(warnings_, "no picture: " + error, kMaxTexts);
  } else {
    write_file("call.svg", svg);
  }
}

void CallRecord::discard() {
  transcript_.reset();
  messages_.reset();
  for (const char* name : {"transcript.txt", "transcript.jsonl", "call.wav"})
    g_remove(path(name).c_str());
  g_rmdir(folder_.c_str());
}

}  // namespace jackfield
