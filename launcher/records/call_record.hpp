// The folder of one session: what was said, how long each answer took, how it ended. Text is
// written as it comes, so that a kill loses nothing. docs/running.md describes the files.
#pragma once

#include <gst/gst.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/audio_watch.hpp"
#include "records/core/call_events.hpp"
#include "records/message_json.hpp"
#include "records/model_usage.hpp"

namespace jackfield {

class CallRecord {
 public:
  struct Session {
    std::string id, line;
    std::string scenario;  // the file
    std::string kind;      // "phone", "browser", "once"
  };
  CallRecord(std::string folder, Session session);

  // What the session works on, when it is a task.
  struct Task {
    std::string name, goal;
  };

  // Makes the folder. False and a reason when that is impossible.
  bool open(gint64 started_at, std::string& error);

  const std::string& folder() const { return folder_; }
  std::string recording_path() const;
  // Once it is open.
  void set_task(Task task);
  const std::vector<TurnLatency>& turns() const { return turns_; }
  const CallStarted& call() const { return call_; }

  // An element message; `event` is what to_call_event() made of it, `now` the running time.
  void message(const GstStructure& message, const std::optional<CallEvent>& event,
               GstClockTime now);
  void warning(const std::string& text);
  void error(const std::string& text, const std::string& dot);

  // Notes how it ended. Then write_summary() makes call.json, latency.json and call.svg; it reads
  // the whole recording and is meant for another thread, after which nothing else may be called.
  // `was_call`: a call began, or somebody spoke.
  void ended(const std::string& reason, bool failed, bool was_call, GstClockTime duration,
             const AudioCounts& audio);
  void write_summary();
  // Removes the folder with what this class and the recorder have put there.
  void discard();

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, CloseFile>;

  void write_line(std::string_view line);
  void count(const CallEvent& event);
  std::string path(const char* name) const;
  void write_file(const char* name, const std::string& content);
  void write_call();
  void write_latency();
  void add_turns(JsonObject* latency);
  void add_times(JsonObject* call);
  void add_task(JsonObject* call);
  void write_picture();

  const std::string folder_;
  const Session session_;
  gint64 started_at_ = 0;
  File transcript_;
  File messages_;
  CallStarted call_;
  std::uint64_t recording_start_ = kNoTime;  // running time of the recording's first sample
  // ns from the session's start to the running time 0.
  std::optional<std::int64_t> pipeline_start_;
  std::vector<TurnLatency> turns_;
  std::vector<CallerSaid> caller_;
  std::vector<AgentSaid> agent_;
  std::vector<Interrupted> interruptions_;
  unsigned resumed_ = 0;
  std::vector<std::string> errors_;
  std::vector<std::string> warnings_;
  std::string reason_;
  bool failed_ = false;
  bool was_call_ = false;
  GstClockTime duration_ = 0;
  AudioCounts audio_;
  ModelUsage usage_;
  std::optional<Task> task_;
  std::optional<TaskResult> result_;
  JsonObjectPtr media_latency_;  // the last `webrtc/latency`
};

// "2026-11-22T14:03:05.123Z" for a Unix time in µs.
std::string iso_time(gint64 real_time);

}  // namespace jackfield
