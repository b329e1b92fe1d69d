#include "tts_stream.hpp"

#include <algorithm>
#include <utility>

#include "io_pool.hpp"
#include "turn_events.hpp"

GST_DEBUG_CATEGORY_EXTERN(elevenlabstts_debug);
#define GST_CAT_DEFAULT elevenlabstts_debug

namespace elevenlabs {

using jackfield::io_now_ns;
using jackfield::WorkerPool;

namespace {

constexpr int kPiecesPerSecond = 50;
constexpr int kItemsPerRun = 16;                     // then other calls have their turn
constexpr uint64_t kEnoughQueued = 20 * GST_SECOND;  // then texts wait
constexpr uint64_t kMostQueued = 300 * GST_SECOND;   // beyond it audio is dropped
constexpr std::size_t kMostText = 5000;              // bytes of one buffer that are spoken

TtsSession::Stats make_total(const TtsSession::Stats& a, const TtsSession::Stats& b) {
  return {.replies = a.replies + b.replies,
          .characters = a.characters + b.characters,
          .audio_bytes = a.audio_bytes + b.audio_bytes,
          .late_bytes = a.late_bytes + b.late_bytes,
          .connects = a.connects + b.connects,
          .failures = a.failures + b.failures,
          .timeouts = a.timeouts + b.timeouts,
          .malformed = a.malformed + b.malformed,
          .first_audio_ns = b.first_audio_ns > 0 ? b.first_audio_ns : a.first_audio_ns};
}

GstStructure* make_error(const TtsSession::Failure& failure) {
  return gst_structure_new("elevenlabstts/error", "cause", G_TYPE_STRING, failure.cause.c_str(),
                           "text", G_TYPE_STRING, failure.text.c_str(), "retryable", G_TYPE_BOOLEAN,
                           failure.retryable, "http-status", G_TYPE_INT, failure.http_status,
                           "close-code", G_TYPE_INT, failure.close_code, nullptr);
}

}  // namespace

TtsStream::TtsStream(GstElement* element, GstPad* sink, GstPad* src)
    : element_(element), sink_(sink), src_(src) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  task_ = std::make_shared<jackfield::SerialTask>(WorkerPool::shared(), [this] { run_task(); });
}

TtsStream::~TtsStream() {
  begin_stop();
  finish_stop();
}

void TtsStream::start(Setup setup) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  next_position_ = GST_CLOCK_TIME_NONE;
  task_->start();
  auto timer = std::make_unique<jackfield::IoTimer>([this] { on_timer(); });
  Ended ended;
  const std::lock_guard lock(mutex_);
  setup_ = std::move(setup);
  timer_ = std::move(timer);
  session_ = std::make_unique<TtsSession>(setup_.session);
  running_ = true;
  flushing_ = false;
  flow_ = GST_FLOW_OK;
  execute(session_->start(io_now_ns()), ended);
}

void TtsStream::begin_stop() {
  const std::lock_guard lock(mutex_);
  flushing_ = true;
  running_ = false;
  space_.notify_all();
}

void TtsStream::finish_stop() {
  task_->stop();
  std::unique_ptr<Link> link;
  std::unique_ptr<jackfield::IoTimer> timer;
  {
    const std::lock_guard lock(mutex_);
    link = std::move(link_);
    timer = std::move(timer_);
    if (session_) {
      if (link && session_->is_connected()) link->socket.send_text(session_->goodbye());
      before_ = make_total(before_, session_->stats());
      session_.reset();
    }
    items_.clear();
    queued_ = 0;
    odd_.clear();
  }
  if (link) link->socket.leave();
}

// ---- The sink pad ----

GstFlowReturn TtsStream::chain(GstBuffer* raw) {
  const gstpp::BufferPtr buffer{raw};
  std::string text;
  {
    const gstpp::MappedBuffer map(buffer.get(), GST_MAP_READ);
    if (!map) return GST_FLOW_ERROR;
    text.assign(reinterpret_cast<const char*>(map.data()), std::min(map.size(), kMostText));
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  // An empty text would mean the end.
  if (text.find_first_not_of(' ') == std::string::npos) return GST_FLOW_OK;
  Ended ended;
  std::unique_lock lock(mutex_);
  // The reply before it comes first; and no more is asked for than is soon played.
  space_.wait(lock, [&] {
    return flushing_ || flow_ != GST_FLOW_OK || (!waiting() && queued_ < kEnoughQueued);
  });
  if (flushing_) return GST_FLOW_FLUSHING;
  if (flow_ != GST_FLOW_OK) return flow_;
  execute(session_->text(io_now_ns(), text), ended);
  lock.unlock();
  return GST_FLOW_OK;
}

gboolean TtsStream::send_caps() {
  AudioFormat format;
  {
    const std::lock_guard lock(mutex_);
    format = setup_.format;
  }
  gstpp::CapsPtr caps;
  if (format.mulaw) {
    caps.reset(gst_caps_new_simple("audio/x-mulaw", "rate", G_TYPE_INT, format.rate, "channels",
                                   G_TYPE_INT, 1, nullptr));
  } else {
    caps.reset(gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout",
                                   G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, format.rate,
                                   "channels", G_TYPE_INT, 1, nullptr));
  }
  return gst_pad_push_event(src_, gst_event_new_caps(caps.get()));
}

gboolean TtsStream::sink_event(GstEvent* raw) {
  gstpp::EventPtr event{raw};
  Ended ended;
  switch (GST_EVENT_TYPE(raw)) {
    case GST_EVENT_FLUSH_START: {
      {
        const std::lock_guard lock(mutex_);
        flushing_ = true;
        space_.notify_all();
      }
      // First downstream, which frees a push that blocks.
      const gboolean result = gst_pad_push_event(src_, event.release());
      task_->stop();
      const std::lock_guard lock(mutex_);
      if (session_) execute(session_->flush(io_now_ns()), ended);
      drop_items();
      return result;
    }
    case GST_EVENT_FLUSH_STOP: {
      const gboolean result = gst_pad_push_event(src_, event.release());
      next_position_ = GST_CLOCK_TIME_NONE;
      task_->start();
      {
        const std::lock_guard lock(mutex_);
        flushing_ = !running_;
      }
      task_->schedule();
      return result;
    }
    default:
      break;
  }
  if (!GST_EVENT_IS_SERIALIZED(raw)) {
    return gst_pad_event_default(sink_, GST_OBJECT_CAST(element_), event.release());
  }
  const std::lock_guard lock(mutex_);
  if (flushing_ || !session_) return FALSE;
  Item item;
  if (jackfield::parse_reply_end(raw) || GST_EVENT_TYPE(raw) == GST_EVENT_EOS) {
    bool known = false;
    auto actions = session_->end_reply(io_now_ns(), known);
    // With a hopeless service the reply is over at once.
    item.waits = known;
    item.event = std::move(event);
    items_.push_back(std::move(item));
    execute(std::move(actions), ended);
  } else {
    item.event = std::move(event);
    items_.push_back(std::move(item));
  }
  task_->schedule();
  return TRUE;
}

// ---- With the mutex held ----

void TtsStream::drop_items() {
  // As a queue element does: sticky events survive a flush, but for those that it resets.
  std::erase_if(items_, [](const Item& item) {
    const GstEvent* e = item.event.get();
    return !e || !GST_EVENT_IS_STICKY(e) || GST_EVENT_TYPE(e) == GST_EVENT_SEGMENT ||
           GST_EVENT_TYPE(e) == GST_EVENT_EOS;
  });
  queued_ = 0;
  odd_.clear();
  flow_ = GST_FLOW_OK;
}

void TtsStream::insert(Item item) {
  auto at = items_.end();
  while (at != items_.begin() && std::prev(at)->waits) --at;
  items_.insert(at, std::move(item));
  task_->schedule();
}

void TtsStream::add_audio(const TtsSession::Audio& audio) {
  const std::size_t frame = setup_.format.frame_bytes();
  std::vector<uint8_t> bytes = std::exchange(odd_, {});
  bytes.insert(bytes.end(), audio.bytes.begin(), audio.bytes.end());
  const std::size_t whole = bytes.size() - bytes.size() % frame;
  odd_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
  aligned_ = aligned_ || audio.aligned;
  const auto rate = static_cast<uint64_t>(setup_.format.rate);
  const std::size_t piece = rate / kPiecesPerSecond * frame;
  auto word = audio.words.begin();
  for (std::size_t at = 0; at < whole; at += piece) {
    Item item;
    item.unaligned = at == 0 && !audio.aligned && std::exchange(aligned_, false);
    const std::size_t end = std::min(whole, at + piece);
    item.audio.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                      bytes.begin() + static_cast<std::ptrdiff_t>(end));
    const uint64_t begin_ns = at / frame * GST_SECOND / rate;
    const uint64_t end_ns = end / frame * GST_SECOND / rate;
    const bool last = end == whole;
    for (; word != audio.words.end() && (last || word->begin_ns < end_ns); ++word) {
      TimedWord placed = *word;
      placed.begin_ns -= std::min(placed.begin_ns, begin_ns);
      item.words.push_back(std::move(placed));
    }
    if (queued_ > kMostQueued) {
      dropped_ += end_ns - begin_ns;
      continue;
    }
    queued_ += end_ns - begin_ns;
    insert(std::move(item));
  }
}

void TtsStream::execute(std::vector<TtsSession::Action> actions, Ended& ended) {
  for (TtsSession::Action& action : actions) {
    if (std::holds_alternative<TtsSession::Connect>(action)) {
      if (link_) ended.push_back(std::move(link_));
      GST_DEBUG_OBJECT(element_, "connecting");
      link_ = std::make_unique<Link>(*this, setup_.options);
    } else if (auto* send = std::get_if<TtsSession::Send>(&action)) {
      if (link_) link_->socket.send_text(std::move(send->text));
    } else if (const auto* audio = std::get_if<TtsSession::Audio>(&action)) {
      add_audio(*audio);
    } else if (std::holds_alternative<TtsSession::ReplyDone>(action)) {
      odd_.clear();
      for (Item& item : items_) item.waits = false;
      task_->schedule();
      space_.notify_all();
    } else if (const auto* failure = std::get_if<TtsSession::Failure>(&action)) {
      GST_WARNING_OBJECT(element_, "%s: %s", failure->cause.c_str(), failure->text.c_str());
      Item item;
      item.message.reset(gst_message_new_element(GST_OBJECT_CAST(element_), make_error(*failure)));
      insert(std::move(item));
    }
  }
  const uint64_t at = session_->deadline();
  if (timer_ && at != UINT64_MAX) timer_->arm(at);
}

// ---- The connection's thread ----

void TtsStream::on_open(const Link* from) {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (session_ && link_.get() == from) execute(session_->connected(io_now_ns()), ended);
}

void TtsStream::on_text(const Link* from, std::string_view text) {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (!session_ || link_.get() != from) return;
  const double chance = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  execute(session_->message(io_now_ns(), text, chance), ended);
}

void TtsStream::on_end(const Link* from, const jackfield::WebSocketEnd& why) {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (!session_ || link_.get() != from) return;
  ended.push_back(std::move(link_));
  TtsSession::Failure failure{.cause = jackfield::cause_name(why.cause),
                              .text = why.text,
                              .retryable = why.worth_retrying(),
                              .http_status = why.http_status,
                              .close_code = why.close_code};
  if (const auto error = explain_end(why.http_status, why.close_code, why.details)) {
    failure.cause = error->code;
    failure.text = error->text;
    failure.retryable = error->retryable;
  }
  const double chance = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  execute(session_->disconnected(io_now_ns(), failure, chance), ended);
}

void TtsStream::on_timer() {
  Ended ended;
  const std::lock_guard lock(mutex_);
  if (session_) execute(session_->tick(io_now_ns()), ended);
}

// ---- The task ----

bool TtsStream::take_item(Item& item) {
  const std::lock_guard lock(mutex_);
  if (flushing_ || items_.empty() || items_.front().waits) return false;
  item = std::move(items_.front());
  items_.pop_front();
  const uint64_t duration = item.audio.size() / setup_.format.frame_bytes() * GST_SECOND /
                            static_cast<uint64_t>(setup_.format.rate);
  queued_ -= std::min(queued_, duration);
  space_.notify_all();
  return true;
}

void TtsStream::push_audio(const Item& item) {
  AudioFormat format;
  {
    const std::lock_guard lock(mutex_);
    format = setup_.format;
  }
  // The later of now and the end of the last buffer.
  GstClockTime now = gstpp::running_time(element_);
  if (!GST_CLOCK_TIME_IS_VALID(now)) now = 0;
  const bool anew = !GST_CLOCK_TIME_IS_VALID(next_position_) || now > next_position_;
  const GstClockTime position = anew ? now : next_position_;
  GstBuffer* buffer = gst_buffer_new_memdup(item.audio.data(), item.audio.size());
  GST_BUFFER_PTS(buffer) =
      gst_segment_position_from_running_time(&segment_, GST_FORMAT_TIME, position);
  GST_BUFFER_DURATION(buffer) = gst_util_uint64_scale_int_round(
      item.audio.size() / format.frame_bytes(), GST_SECOND, format.rate);
  if (anew) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  std::vector<jackfield::Word> words;
  for (const TimedWord& word : item.words) {
    words.push_back({.text = word.text, .offset = word.begin_ns, .duration = word.duration_ns});
  }
  jackfield::add_words(buffer, words);
  if (item.unaligned) jackfield::set_sentence(buffer, {});
  next_position_ = position + GST_BUFFER_DURATION(buffer);
  const GstFlowReturn result = gst_pad_push(src_, buffer);
  if (result == GST_FLOW_OK || result == GST_FLOW_FLUSHING) return;
  const std::lock_guard lock(mutex_);
  flow_ = result;
  space_.notify_all();
}

void TtsStream::deliver(Item& item) {
  if (item.message) gst_element_post_message(element_, item.message.release());
  const WorkerPool::Blocking blocking(WorkerPool::shared());
  if (!item.audio.empty()) push_audio(item);
  if (!item.event) return;
  if (GST_EVENT_TYPE(item.event.get()) == GST_EVENT_CAPS) {
    send_caps();
    return;
  }
  if (GST_EVENT_TYPE(item.event.get()) == GST_EVENT_SEGMENT) {
    const GstSegment* theirs = nullptr;
    gst_event_parse_segment(item.event.get(), &theirs);
    if (theirs->format == GST_FORMAT_TIME) {
      gst_segment_copy_into(theirs, &segment_);
    } else {
      gst_segment_init(&segment_, GST_FORMAT_TIME);
      GstEvent* own = gst_event_new_segment(&segment_);
      gst_event_set_seqnum(own, gst_event_get_seqnum(item.event.get()));
      item.event.reset(own);
    }
  }
  gst_pad_push_event(src_, item.event.release());
}

void TtsStream::run_task() {
  Item item;
  int done = 0;
  for (; done < kItemsPerRun && take_item(item); ++done) {
    gstpp::guarded(element_, false, [&] {
      deliver(item);
      return true;
    });
    item = {};
  }
  if (done == kItemsPerRun) task_->schedule();
}

GstStructure* TtsStream::make_stats() const {
  const std::lock_guard lock(mutex_);
  const auto stats = session_ ? make_total(before_, session_->stats()) : before_;
  const auto time = [&](uint64_t bytes) {
    return gst_util_uint64_scale(bytes / setup_.format.frame_bytes(), GST_SECOND,
                                 static_cast<guint64>(setup_.format.rate));
  };
  return gst_structure_new(
      "application/x-elevenlabstts-stats", "replies", G_TYPE_UINT64, stats.replies, "characters",
      G_TYPE_UINT64, stats.characters, "audio-duration", G_TYPE_UINT64, time(stats.audio_bytes),
      "audio-late", G_TYPE_UINT64, time(stats.late_bytes), "audio-dropped", G_TYPE_UINT64, dropped_,
      "time-to-first-audio", G_TYPE_UINT64, stats.first_audio_ns, "connected", G_TYPE_BOOLEAN,
      session_ && session_->is_connected(), "connections", G_TYPE_UINT64, stats.connects,
      "failures", G_TYPE_UINT64, stats.failures, "timeouts", G_TYPE_UINT64, stats.timeouts,
      "malformed", G_TYPE_UINT64, stats.malformed, nullptr);
}

}  // namespace elevenlabs
