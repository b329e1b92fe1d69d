#include "jitter_live_player.hpp"

#include <gst/base/gstbasesink.h>
#include <gst/rtp/gstrtpbuffer.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "jitter_packets.hpp"

namespace jitter_bench {
namespace {

constexpr double kPacketMs = 20;
constexpr double kAlignmentMs = 40;
constexpr double kLateMs = 5;  // a sink that wakes so much too late was still asked in time

double ms(GstClockTime time) { return static_cast<double>(time) / 1e6; }

}  // namespace

Player::Player(const System& system, GstClock* clock, GstClockTime base, const Source& source,
               bool keep_samples)
    : source_(source), keep_samples_(keep_samples) {
  gstpp::ErrorPtr error;
  GstElement* parsed = gst_parse_launch(system.launch.c_str(), gstpp::OutPtr{error});
  if (parsed) pipeline_.reset(static_cast<GstElement*>(gst_object_ref_sink(parsed)));
  if (error) throw std::runtime_error(system.name + ": " + error->message);
  in_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "in"));
  sink_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "sink"));
  g_signal_connect(sink_.get(), "handoff", G_CALLBACK(played), this);
  const gstpp::ElementPtr decoder{gst_bin_get_by_name(GST_BIN(pipeline_.get()), "decoder")};
  if (decoder) {
    const gstpp::PadPtr from{gst_element_get_static_pad(in_.get(), "src")};
    const gstpp::PadPtr into{gst_element_get_static_pad(decoder.get(), "sink")};
    const gstpp::PadPtr out{gst_element_get_static_pad(decoder.get(), "src")};
    gst_pad_add_probe(from.get(), GST_PAD_PROBE_TYPE_BUFFER, behind_buffer, this, nullptr);
    gst_pad_add_probe(into.get(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      before_decoder, this, nullptr);
    gst_pad_add_probe(out.get(), GST_PAD_PROBE_TYPE_BUFFER, behind_decoder, this, nullptr);
  }
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock);
  gst_element_set_start_time(pipeline_.get(), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time(pipeline_.get(), base);

  const gstpp::PadPtr sinkpad{gst_element_get_static_pad(in_.get(), "sink")};
  pad_.reset(static_cast<GstPad*>(gst_object_ref_sink(gst_pad_new("packets", GST_PAD_SRC))));
  // A source that is live, with no latency of its own.
  gst_pad_set_query_function(
      pad_.get(), +[](GstPad* pad, GstObject* parent, GstQuery* query) {
        if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
          return gst_pad_query_default(pad, parent, query);
        gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
        return gboolean{TRUE};
      });
  gst_pad_set_active(pad_.get(), TRUE);
  gst_pad_link_full(pad_.get(), sinkpad.get(), GST_PAD_LINK_CHECK_NOTHING);
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  gst_pad_push_event(pad_.get(), gst_event_new_stream_start("packets"));
  const gstpp::CapsPtr caps{gst_caps_from_string(
      "application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=96,"
      "encoding-params=(string)2,sprop-stereo=(string)0")};
  gst_pad_push_event(pad_.get(), gst_event_new_caps(caps.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(pad_.get(), gst_event_new_segment(&segment));
}

Player::~Player() { finish(); }

void Player::push(GstMemory* packet, GstClockTime running) {
  GstBuffer* buffer = gst_buffer_new();
  gst_buffer_append_memory(buffer, gst_memory_ref(packet));
  GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = running;
  gst_pad_push(pad_.get(), buffer);
}

void Player::mind_latency() {
  const gstpp::BusPtr bus{gst_element_get_bus(pipeline_.get())};
  bool changed = false;
  while (const gstpp::MessagePtr message{gst_bus_pop(bus.get())}) {
    changed |= GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_LATENCY;
  }
  if (changed) gst_bin_recalculate_latency(GST_BIN(pipeline_.get()));
}

const std::vector<Piece>& Player::finish() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  double heard_to = -1e9;
  for (Piece& piece : pieces_) {
    if (std::abs(piece.start - heard_to) < kAlignmentMs) piece.start = heard_to;
    heard_to = piece.start + piece.length;
  }
  return pieces_;
}

double Player::latency_ms() const {
  return ms(gst_base_sink_get_latency(GST_BASE_SINK(sink_.get())));
}

// opusdec tells nothing of which audio it puts out, but how it works: it takes one packet or gap
// after the other, and with FEC puts each out when the next one is there.
GstPadProbeReturn Player::behind_buffer(GstPad*, GstPadProbeInfo* info, gpointer data) {
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  if (gst_rtp_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), GST_MAP_READ, &rtp)) {
    static_cast<Player*>(data)->sequences_.push_back(gst_rtp_buffer_get_seq(&rtp));
    gst_rtp_buffer_unmap(&rtp);
  }
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn Player::before_decoder(GstPad*, GstPadProbeInfo* info, gpointer data) {
  Player& self = *static_cast<Player*>(data);
  Input input;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    if (self.sequences_.empty()) {
      ++self.mismatched_;
      return GST_PAD_PROBE_OK;
    }
    const uint16_t sequence = self.sequences_.front();
    self.sequences_.pop_front();
    input.pts = GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info));
    input.duration = static_cast<GstClockTime>(kPacketMs * 1e6);
    input.packet = static_cast<uint16_t>(sequence - kFirstSequence);
    const auto index = static_cast<size_t>(input.packet);
    input.fec = index < self.source_.carries_fec.size() && self.source_.carries_fec[index];
  } else {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    if (GST_EVENT_TYPE(event) != GST_EVENT_GAP) return GST_PAD_PROBE_OK;
    gst_event_parse_gap(event, &input.pts, &input.duration);
    if (!GST_CLOCK_TIME_IS_VALID(input.duration)) input.duration = 0;
  }
  self.inputs_.push_back(input);
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn Player::behind_decoder(GstPad*, GstPadProbeInfo* info, gpointer data) {
  Player& self = *static_cast<Player*>(data);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  Piece piece;
  piece.length = ms(GST_BUFFER_DURATION(buffer));
  // Gaps too short for any audio are passed over.
  while (self.inputs_.size() > 1 && self.inputs_[0].packet < 0 &&
         ms(self.inputs_[0].duration) < 2.5 && self.inputs_[1].pts <= GST_BUFFER_PTS(buffer))
    self.inputs_.pop_front();
  if (self.inputs_.empty()) {
    ++self.mismatched_;
    return GST_PAD_PROBE_OK;
  }
  const Input input = self.inputs_.front();
  self.inputs_.pop_front();
  if (input.packet >= 0) {
    const int64_t packet = self.packet_of(self.first_channel(buffer), input.packet);
    piece.media = static_cast<double>(packet) * kPacketMs;
  } else {
    piece.media = self.media_end_;
    // Of a gap, the next packet restores the last 20 ms.
    const bool restored = !self.inputs_.empty() && self.inputs_.front().fec;
    piece.concealed = restored ? std::max(0.0, piece.length - kPacketMs) : piece.length;
    if (piece.concealed < 2.5) piece.concealed = 0;
  }
  self.media_end_ = piece.media + piece.length;
  std::lock_guard guard(self.lock_);
  self.decoded_.push_back(std::move(piece));
  return GST_PAD_PROBE_OK;
}

// adaptivejitter tells of its last frame, which is the one that is played now: no thread is
// between.
Piece Player::of_element() {
  GstStructure* raw = nullptr;
  g_object_get(in_.get(), "stats", &raw, nullptr);
  const gstpp::StructurePtr stats{raw};
  Piece piece;
  const auto since = [&](const char* field, uint64_t& sum) {
    const uint64_t now = gstpp::get_uint64(stats.get(), field, 0);
    return static_cast<double>(now - std::exchange(sum, now)) / 48;
  };
  piece.concealed = since("concealedSamples", concealed_);
  piece.inserted = since("insertedSamplesForDeceleration", inserted_);
  piece.removed = since("removedSamplesForAcceleration", removed_);
  // Nothing was sent that long before it was played, nor will be.
  const auto timestamp = static_cast<int32_t>(gstpp::get_uint(stats.get(), "rtp-timestamp", 0) -
                                              static_cast<uint32_t>(kFirstTimestamp));
  piece.media = static_cast<double>(timestamp) / 48;
  if (gstpp::get_uint64(stats.get(), "jitterBufferEmittedCount", 0) == 0) piece.media = NAN;
  return piece;
}

void Player::played(GstElement* sink, GstBuffer* buffer, GstPad*, gpointer data) {
  Player& self = *static_cast<Player*>(data);
  Piece piece;
  const bool element = g_str_has_prefix(G_OBJECT_TYPE_NAME(self.in_.get()), "GstAdaptive");
  if (element) {
    piece = self.of_element();
    piece.length = ms(GST_BUFFER_DURATION(buffer));
    // What it tells is of the last 10 ms.
    piece.media -= piece.length - 10;
  } else {
    std::lock_guard guard(self.lock_);
    if (self.decoded_.empty()) return;
    piece = std::move(self.decoded_.front());
    self.decoded_.pop_front();
  }
  const double due = ms(GST_BUFFER_PTS(buffer)) + self.latency_ms();
  const double now = ms(gstpp::running_time(sink));
  piece.start = now > due + kLateMs ? now : due;
  if (self.keep_samples_) piece.samples = self.first_channel(buffer);
  self.pieces_.push_back(std::move(piece));
}

std::vector<int16_t> Player::first_channel(GstBuffer* buffer) {
  gstpp::MappedBuffer map(buffer, GST_MAP_READ);
  const auto samples = map.as<const int16_t>();
  const auto frames = static_cast<size_t>(std::llround(ms(GST_BUFFER_DURATION(buffer)) * 48));
  const size_t channels = std::max<size_t>(1, frames ? samples.size() / frames : 1);
  std::vector<int16_t> first;
  first.reserve(frames);
  for (size_t i = 0; i < samples.size(); i += channels) first.push_back(samples[i]);
  return first;
}

// 1: just as that packet decodes, or too soft to tell; 0: not at all.
double Player::likeness(const std::vector<int16_t>& samples, int64_t packet) const {
  const auto begin = static_cast<size_t>(std::max<int64_t>(0, packet)) * 960;
  if (packet < 0 || begin + samples.size() > source_.decoded.size()) return 0;
  double cross = 0, here = 1, there = 1;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double x = samples[i], y = source_.decoded[begin + i];
    cross += x * y, here += x * x, there += y * y;
  }
  const double least = 100.0 * 100.0 * static_cast<double>(samples.size());
  return here < least ? 1 : cross / std::sqrt(here * there);
}

// opusdec may put out a packet's audio under the timestamp of the next: the sound itself decides.
int64_t Player::packet_of(const std::vector<int16_t>& samples, int64_t packet) {
  if (likeness(samples, packet - shift_) > 0.5) return packet - shift_;
  for (const int64_t shift : {0, 1, 2, 3}) {
    if (likeness(samples, packet - shift) > 0.9) return packet - (shift_ = shift);
  }
  ++mismatched_;
  return packet - shift_;
}

}  // namespace jitter_bench
