// The body of openaistt when it sends a turn at a time (/audio/transcriptions).
//
// Threads. The sink pad only appends, under State::mutex: audio to the last seconds, in a turn to
// the audio of the turn; a finished turn and serialized events to a queue. A serial task in the
// worker pool of the process empties the queue: it sends a turn, and is scheduled again when the
// answer arrives on the IoContext's thread; then it pushes the text and what lies behind it, in the
// order in which it came. No lock is held while pushing, posting or waiting for the task.
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "recent_audio.hpp"
#include "service.hpp"
#include "stt_pads.hpp"
#include "stt_settings.hpp"
#include "transcription.hpp"

namespace openai {

class TurnStt final : public jackfield::SttPadsOwner {
 public:
  // `settings` under the object lock of `element`.
  TurnStt(GstElement* element, GstPad* sink, GstPad* src, const SttSettings& settings);
  ~TurnStt();
  TurnStt(const TurnStt&) = delete;
  TurnStt& operator=(const TurnStt&) = delete;

  GstFlowReturn chain(gstpp::BufferPtr buffer);
  jackfield::SttPads& pads() { return pads_; }

  // READY to PAUSED.
  void start(const Service& service);
  // PAUSED to READY, before the pads stop, and behind it.
  void begin_stop() { set_flushing(true); }
  void finish_stop();

  // docs/elements/openaistt.md tells of the fields.
  GstStructure* make_stats() const;

  // ---- Of the sink pad ----
  void set_flushing(bool on) override;
  void forget() override { forget(false); }
  bool take_caps(const GstCaps* caps) override;
  gboolean enqueue(gstpp::EventPtr event) override;

 private:
  struct Stats {
    guint64 turns = 0;
    guint64 understood = 0;
    guint64 empty = 0;
    guint64 failed = 0;
    guint64 retries = 0;
    guint64 latency_max = 0;
    guint64 latency_sum = 0;
    guint64 audio_sent = 0;
    guint64 audio_dropped = 0;
    std::string last_error;
  };

  // The audio of a turn, and what became of it.
  struct Turn {
    guint id = 0;
    bool announced = false;  // by VoiceTurnStart
    std::vector<std::int16_t> audio;
    GstClockTime speech_end = GST_CLOCK_TIME_NONE;
    std::uint64_t ended_at = 0;
    // Of the task.
    std::shared_ptr<jackfield::HttpExchange> exchange;
    std::optional<TranscriptReader> reader;
  };

  // What waits for the task: a turn with the event that ended it, or an event.
  struct Item {
    std::unique_ptr<Turn> turn;
    gstpp::EventPtr event;
  };

  // ---- With the mutex held ----
  void close_turn(GstClockTime speech_end, gstpp::EventPtr end);
  void begin_turn(guint id, GstClockTime speech_start, GstClockTime pre_roll);

  void forget(bool everything);
  SttSettings settings() const;

  // ---- The task ----
  void run_task();
  bool advance(Turn& turn, int rate);
  void start_request(Turn& turn, int rate);
  void finish_turn(Turn& turn, gstpp::EventPtr end);
  void send_interim(const Turn& turn, const std::string& text, bool is_final);
  void tell(guint turn_id, const ServiceError& error);

  GstElement* const element_;
  const SttSettings& settings_;
  const std::shared_ptr<jackfield::SerialTask> task_;
  jackfield::SttPads pads_;
  Service service_;  // of the state changes

  mutable std::mutex mutex_;
  Stats stats_;
  bool flushing_ = true;
  std::deque<Item> queue_;
  std::size_t turns_ = 0;  // in the queue
  std::optional<jackfield::RecentAudio> recent_;
  std::unique_ptr<Turn> turn_;  // that is being heard
  bool turn_events_seen_ = false;
  GstFlowReturn flow_ = GST_FLOW_OK;  // of the last push that was more than FLUSHING

  int rate_ = 0;  // of the streaming thread
};

}  // namespace openai
