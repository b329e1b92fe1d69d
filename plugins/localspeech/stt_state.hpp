// What the pads of pocketsphinxstt and its task share. Private to the element.
//
// Threads. The sink pad only appends to a queue (under `mutex`). When a minute of audio is queued
// it blocks, as a file source needs it, or drops when somebody relied on VoiceNeverBlocks. A serial
// task in the worker pool of the process empties the queue: it decodes the running turn in step
// with its audio and pushes everything downstream, in the order in which it came. A turn that has
// no recognizer yet parks the task; the recognizer pool wakes it. Outside turns, audio goes
// straight into `recent` and wakes nobody. No lock is held while pushing, posting or waiting for
// the task.
#pragma once

#include <gst/gst.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "energy_segmenter.hpp"
#include "gstpocketsphinxstt.hpp"
#include "gstpp.hpp"
#include "recent_audio.hpp"
#include "recognizer_pool.hpp"
#include "speech_turn.hpp"
#include "stt_pads.hpp"

GST_DEBUG_CATEGORY_EXTERN(pocketsphinxstt_debug);

namespace localspeech::stt {

using jackfield::RecentAudio;
using jackfield::SerialTask;
using jackfield::WorkerPool;
using SteadyClock = std::chrono::steady_clock;

constexpr char kModel[] = POCKETSPHINX_MODEL_DIR "/en-us/en-us";
constexpr char kDictionary[] = POCKETSPHINX_MODEL_DIR "/en-us/cmudict-en-us.dict";
constexpr char kLanguageModel[] = POCKETSPHINX_MODEL_DIR "/en-us/en-us.lm.bin";
constexpr double kRejection = 0.5;
constexpr GstClockTime kPreRoll = 300 * GST_MSECOND;
constexpr GstClockTime kRecent = 3 * GST_SECOND;       // a detector may announce a turn this late
constexpr GstClockTime kMostQueued = 60 * GST_SECOND;  // of audio
constexpr std::size_t kMostItems = 20000;              // GAP events beyond it are dropped
constexpr GstClockTime kWakeEvery = 60 * GST_MSECOND;  // of audio; more thread hops cost more

enum Segmentation { kSegmentationAuto, kSegmentationEvents, kSegmentationEnergy };

struct Settings {
  std::string grammar;
  std::string acoustic_model = kModel;
  std::string dictionary = kDictionary;
  std::string pronunciations;
  std::string language_model = kLanguageModel;
  double rejection = kRejection;
  GstClockTime pre_roll = kPreRoll;
  guint max_decoders = 0;
  int segmentation = kSegmentationAuto;
};

struct Stats {
  guint64 turns = 0;
  guint64 understood = 0;
  guint64 rejected = 0;
  guint64 empty = 0;
  guint64 decoding = 0;
  guint64 decoding_max = 0;
  guint64 latency = 0;
  guint64 latency_max = 0;
  guint64 pool_waits = 0;
  guint64 pool_wait_max = 0;
  guint64 audio_decoded = 0;
  guint64 audio_dropped = 0;
};

// What came in at the sink pad: audio or a serialized event.
struct Item {
  gstpp::BufferPtr audio;
  gstpp::EventPtr event;
  GstClockTime time = GST_CLOCK_TIME_NONE;  // running time of the audio
  GstClockTime duration = 0;
  SteadyClock::time_point arrived;
};

// The turn that is being heard.
struct Running {
  std::unique_ptr<SpeechTurn> speech;
  guint id = 0;
  bool announced = false;  // by VoiceTurnStart, not by energy
  GstClockTime heard = 0;
  GstClockTime since_interim = 0;
  SteadyClock::time_point began;
  bool waited = false;
};

struct State final : public jackfield::SttPadsOwner {
  State(GstPocketsphinxStt* self, GstPad* sink, GstPad* src);

  GstPocketsphinxStt* const element;
  const std::shared_ptr<SerialTask> task;
  jackfield::SttPads pads;
  std::atomic<bool> failed{false};
  // Somebody relies on the sink pad never to block: when the queue is full, audio is dropped.
  std::atomic<bool> blocks_never{false};

  // Under the object lock.
  Settings settings;

  // Under `mutex`.
  std::mutex mutex;
  Stats stats;
  std::shared_ptr<RecognizerPool> pool;
  std::deque<Item> queue;
  GstClockTime queued = 0;      // audio in the queue
  GstClockTime since_wake = 0;  // audio queued since the task was woken
  bool flushing = true;
  bool capturing = false;  // a turn is open at the sink pad
  bool by_energy = false;  // no turn has been announced so far, all audio is of interest
  bool task_busy = false;  // the task is between taking an item and being done with it
  std::optional<RecentAudio> recent;
  std::condition_variable space;     // in the queue, or no more need of it
  GstFlowReturn flow = GST_FLOW_OK;  // of the last push that was more than FLUSHING

  int rate = 0;  // of the streaming thread

  // Of the task; no other thread touches them while it may run.
  std::optional<Running> turn;
  EnergySegmenter energy;
  std::optional<localspeech::ChannelMean> mean;  // of this caller, once something was understood
  GstClockTime audio_end = 0;

  // ---- The sink pad ----
  GstFlowReturn chain(gstpp::BufferPtr buffer);
  void set_flushing(bool on) override;
  // Drops the running turn, too.
  void forget() override;
  bool take_caps(const GstCaps* caps) override;
  gboolean enqueue(gstpp::EventPtr event) override;
  void never_block() override;
};

// The body of the task.
void run_task(GstPocketsphinxStt* self);

Settings get_settings(GstPocketsphinxStt* self);

}  // namespace localspeech::stt

struct _GstPocketsphinxStt {
  GstElement parent;
  localspeech::stt::State* state;
};
