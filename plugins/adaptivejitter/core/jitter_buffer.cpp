#include "jitter_buffer.hpp"

#include <algorithm>
#include <cmath>

namespace jitter {
namespace {

constexpr int64_t kInterruptionNs = 150'000'000;  // as W3C statistics count them
// A jump of timestamps beyond this, against the time of arrival, is another stream.
constexpr int64_t kJumpNs = 10'000'000'000;
// Back by more than this, from one packet to a later one, too. Less is sooner late than gone.
constexpr int64_t kBackNs = 100'000'000;
constexpr int64_t kDelayStepNs = 2'000'000;
constexpr int64_t kMaxSequenceJump = 3000;  // RFC 3550, A.1

}  // namespace

JitterBuffer::JitterBuffer(std::unique_ptr<SpeechDecoder> decoder,
                           const TargetDelay::Config& config)
    : config_(config),
      decoder_(std::move(decoder)),
      target_(config),
      audio_(decoder_->rate(), decoder_->channels()) {}

void JitterBuffer::set_config(const TargetDelay::Config& config) {
  config_ = config;
  target_.set_config(config);
}

void JitterBuffer::reset() {
  decoder_->reset();
  throw_away();
  arrivals_.clear();
  target_.reset();
  audio_.clear();
  sequences_.reset();
  timestamps_.reset();
  have_ssrc_ = any_ = playing_ = pause_ = false;
  suspect_sequence_ = -1;
  held_ = concealed_in_row_ = made_up_in_row_ = 0;
  concealed_ahead_ = 0;
  repeated_for_late_ = 0;
  credit_ = 0;
}

JitterBuffer::Origin JitterBuffer::origin_of(const RtpPacket& packet, int64_t now_ns) {
  if (have_ssrc_ && packet.ssrc != ssrc_) return Origin::kNewStream;
  if (!any_) return Origin::kStream;
  Unwrapper<uint16_t> sequences = sequences_;
  Unwrapper<uint32_t> timestamps = timestamps_;
  const int64_t sequence = sequences.unwrap(packet.sequence);
  const int64_t media = timestamps.unwrap(packet.timestamp);
  const bool far = std::abs(sequence - highest_) > kMaxSequenceJump ||
                   std::abs(now_ns - to_ns(media) - arrivals_.base_ns()) > kJumpNs;
  // Who sends on what was earlier has set its clock back.
  const bool back = sequence > highest_ && to_ns(highest_media_ - media) > kBackNs;
  if (!far && !back) {
    suspect_sequence_ = -1;
    // From before the clock was set back.
    const bool old = sequence < first_ && to_ns(media - first_media_) > kBackNs;
    return old ? Origin::kStray : Origin::kStream;
  }
  // One packet may be damaged; two in a row are another stream. One event is sent in several
  // packets with the timestamp of its beginning (RFC 4733): they are none.
  const bool goes_on = static_cast<int32_t>(packet.timestamp - suspect_timestamp_) > 0;
  const bool again = suspect_sequence_ == packet.sequence && (far || goes_on);
  suspect_sequence_ = static_cast<uint16_t>(packet.sequence + 1);
  suspect_timestamp_ = packet.timestamp;
  return again ? Origin::kNewStream : Origin::kStray;
}

void JitterBuffer::insert(const RtpPacket& packet, int64_t now_ns) {
  ++statistics_.packets_received;
  const int duration = decoder_->duration(packet.payload);
  if (duration == 0) {
    ++statistics_.packets_damaged;
    // It came, but its number is not kept.
    if (any_) --statistics_.packets_lost;
    return;
  }
  switch (origin_of(packet, now_ns)) {
    case Origin::kStream:
      break;
    case Origin::kStray:
      ++statistics_.packets_discarded;
      return;
    case Origin::kNewStream:
      ++statistics_.restarts;
      reset();
      break;
  }
  take_in(packet, duration, now_ns);
}

void JitterBuffer::take_in(const RtpPacket& packet, int packet_samples, int64_t now_ns) {
  ssrc_ = packet.ssrc;
  have_ssrc_ = true;
  const int64_t sequence = sequences_.unwrap(packet.sequence);
  const int64_t media = timestamps_.unwrap(packet.timestamp);
  if (any_) statistics_.packets_lost += std::max<int64_t>(0, sequence - highest_) - 1;
  switch (packets_.insert(sequence, media, now_ns, packet.payload)) {
    case PacketBuffer::Insert::kStored:
      break;
    case PacketBuffer::Insert::kDuplicate:
      ++statistics_.packets_duplicated;
      return;
    case PacketBuffer::Insert::kTooOld:
      ++statistics_.packets_discarded;
      break;  // it still tells how late packets come
    case PacketBuffer::Insert::kTooFar:
      throw_away();
      packets_.insert(sequence, media, now_ns, packet.payload);
      playing_ = false;
      break;
  }
  TargetDelay::Arrival arrival;
  arrival.now_ns = now_ns;
  arrival.late_ns = arrivals_.add(now_ns, to_ns(media));
  arrival.base_ns = arrivals_.base_ns();
  arrival.packet_ns = to_ns(packet_samples);
  arrival.overtaken = any_ && sequence < highest_;
  statistics_.packets_reordered += arrival.overtaken;
  arrival.lost_before = any_ && sequence > highest_
                            ? static_cast<int>(std::min<int64_t>(sequence - highest_ - 1, 1000))
                            : 0;
  const bool fec = decoder_->carries_fec(packet.payload);
  arrival.carries_fec = use_fec_ && fec;
  statistics_.fec_packets_received += fec;
  target_.set_unavoidable(unavoidable_);
  target_.add(arrival);
  if (!any_) {
    first_ = sequence;
    first_media_ = media;
  }
  if (!any_ || sequence > highest_) {
    highest_ = sequence;
    highest_media_ = media;
  }
  any_ = true;
}

void JitterBuffer::throw_away() {
  statistics_.packets_discarded += packets_.size();
  packets_.clear();
}

int64_t JitterBuffer::delay_ns(int64_t now_ns) const {
  return now_ns - to_ns(play_media()) - arrivals_.base_ns();
}

JitterBuffer::Kind JitterBuffer::pull(std::span<float> out, int64_t now_ns) {
  concealed_in_tick_ = comfort_in_tick_ = 0;
  unavoidable_ *= 0.9995;
  statistics_.target_delay_ns = target_.target_ns();
  const Packet* first = packets_.first();
  if (!playing_ && first) {
    if (now_ns - to_ns(first->media) - arrivals_.base_ns() >= config_.start_ns) {
      playing_ = true;
      next_sequence_ = first->sequence;
      next_media_ = first->media;
      audio_.clear();
      concealed_ahead_ = 0;
    }
  }
  if (!playing_) {
    std::fill(out.begin(), out.end(), 0.0F);
    statistics_.total_samples += static_cast<uint64_t>(frame());
    return Kind::kWaiting;
  }
  count_concealed(std::min(concealed_ahead_, frame()));
  concealed_ahead_ -= concealed_in_tick_;
  skip_ahead(now_ns);
  prepare(frame());
  if (audio_.ahead() >= frame()) stretch(now_ns);
  surplus_ = std::max<int64_t>(
      0, to_samples(delay_ns(now_ns) - target_.target_ns()) - early(audio_.ahead()));
  fill_up();
  statistics_.current_delay_ns = delay_ns(now_ns);
  played_media_ = play_media();
  const float power = audio_.power(frame());
  // Falls at once, rises by 3 dB a second.
  noise_floor_ = std::clamp(std::min(noise_floor_ * 1.007F, power), 1e-9F, 1e-4F);
  const auto played = audio_.take(frame());
  std::copy(played.begin(), played.end(), out.begin());
  const Kind kind = concealed_in_tick_ > 0 ? Kind::kConcealed
                    : comfort_in_tick_ > 0 ? Kind::kComfort
                                           : Kind::kPlayed;
  count(kind);
  return kind;
}

void JitterBuffer::count(Kind kind) {
  const auto concealed = static_cast<uint64_t>(concealed_in_tick_);
  const auto length = static_cast<uint64_t>(frame());
  statistics_.total_samples += length;
  statistics_.concealed_samples += concealed;
  statistics_.comfort_samples += static_cast<uint64_t>(comfort_in_tick_);
  if (kind == Kind::kConcealed) {
    if (concealed_in_row_ <= concealed_in_tick_) ++statistics_.concealment_events;
    const int64_t row = to_ns(concealed_in_row_);
    if (row > kFadeToNs) statistics_.silent_concealed_samples += concealed;
    if (row >= kInterruptionNs) {
      const bool begins = row - to_ns(concealed_in_tick_) < kInterruptionNs;
      statistics_.interruptions += begins;
      statistics_.interruption_ns +=
          static_cast<uint64_t>(begins ? row : to_ns(concealed_in_tick_));
    }
  } else {
    concealed_in_row_ = 0;
  }
  const uint64_t emitted = length - concealed;
  statistics_.emitted_samples += emitted;
  statistics_.delay_sum_ns +=
      static_cast<double>(emitted) * static_cast<double>(statistics_.current_delay_ns);
  statistics_.target_sum_ns +=
      static_cast<double>(emitted) * static_cast<double>(statistics_.target_delay_ns);
  const int64_t step = std::clamp<int64_t>(statistics_.current_delay_ns / kDelayStepNs, 0,
                                           static_cast<int64_t>(delays_.size()) - 1);
  ++delays_[static_cast<size_t>(step)];
}

double JitterBuffer::delay_percentile_ns(double share) const {
  uint64_t ticks = 0;
  for (const uint64_t count : delays_) ticks += count;
  double left = share * static_cast<double>(ticks);
  for (size_t step = 0; step < delays_.size(); ++step) {
    left -= static_cast<double>(delays_[step]);
    if (left <= 0 && ticks > 0) return static_cast<double>((step + 1) * kDelayStepNs);
  }
  return 0;
}

}  // namespace jitter
