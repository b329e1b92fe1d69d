// What is played when: decoded, restored, made up.
#include <algorithm>
#include <cmath>

#include "jitter_buffer.hpp"

namespace jitter {
namespace {

constexpr int64_t kFadeFromNs = 60'000'000;  // concealment fades out

}  // namespace

// Decodes the next packet, if it is there and its time has come.
bool JitterBuffer::decode_next() {
  for (;;) {
    const Packet* packet = packets_.find(next_sequence_);
    if (!packet || packet->media > next_media_) return false;
    const int duration = decoder_->duration(packet->payload);
    const int64_t over = next_media_ - packet->media;  // of it, already concealed
    ++next_sequence_;
    if (over >= duration) {
      ++statistics_.packets_discarded;
      packets_.discard_before(next_sequence_);
      continue;
    }
    pause_ = decoder_->is_pause(packet->payload);
    const int before = audio_.ahead();
    if (!decoder_->decode(packet->payload, audio_.tail())) {
      ++statistics_.packets_damaged;
      packets_.discard_before(next_sequence_);
      continue;  // a failed packet is a gap; the next one may begin before its end
    }
    if (over > 0) audio_.erase_ahead(before, static_cast<int>(over));
    if (over > 0 || made_up_in_row_ > 0 || repeated_) audio_.smooth(before);
    next_media_ += duration - over;
    held_ = made_up_in_row_ = repeated_for_late_ = 0;
    repeated_ = false;
    packets_.discard_before(next_sequence_);
    return true;
  }
}

void JitterBuffer::prepare(int samples) {
  while (audio_.ahead() < samples && decode_next()) {
  }
}

// Audio that continues what came before, fading out with the time since.
void JitterBuffer::make_up(int samples) {
  const int64_t from = to_ns(made_up_in_row_);
  std::vector<float>& tail = audio_.tail();
  const size_t before = tail.size();
  const int ahead = audio_.ahead();
  decoder_->conceal(samples, tail);
  if (from + to_ns(samples) > kFadeFromNs) {
    for (size_t i = before; i < tail.size(); ++i) {
      const int64_t at = from + to_ns(static_cast<int64_t>(i - before) / audio_.channels());
      const auto faded =
          static_cast<float>(at - kFadeFromNs) / static_cast<float>(kFadeToNs - kFadeFromNs);
      tail[i] *= std::clamp(1 - faded, 0.0F, 1.0F);
    }
  }
  // A codec continues what it decoded, which may have been left out or played twice since.
  if (made_up_in_row_ == 0) audio_.smooth(ahead);
  made_up_in_row_ += samples;
}

void JitterBuffer::conceal(int samples) {
  make_up(samples);
  count_concealed(samples);
}

void JitterBuffer::count_concealed(int samples) {
  concealed_in_row_ += samples;
  concealed_in_tick_ += samples;
}

// While the sender pauses. Codecs that can say so have their own noise for it.
void JitterBuffer::comfort(int samples) {
  if (pause_) {
    decoder_->conceal(samples, audio_.tail());
  } else {
    make_up(samples);
  }
  comfort_in_tick_ += samples;
}

// What lies between what was decoded and a packet that is there, when those between are not.
void JitterBuffer::fill_gap(const Packet& later, int missing) {
  const int64_t gap = later.media - next_media_;
  if (gap <= 0) {
    packets_.discard_before(next_sequence_ = later.sequence);
    return;
  }
  if (held_ > 0) {
    // It was concealed already, before anyone knew that it was lost.
    const int64_t jump = std::min(held_, gap);
    next_media_ += jump;
    held_ = 0;
    if (jump == gap) packets_.discard_before(next_sequence_ = later.sequence);
    return;
  }
  const int length = decoder_->duration(later.payload);
  const bool fec = use_fec_ && decoder_->carries_fec(later.payload);
  if (fec && gap <= length) {
    const int before = audio_.ahead();
    if (decoder_->decode_fec(later.payload, length, audio_.tail())) {
      if (gap < length) audio_.erase_ahead(before, length - static_cast<int>(gap));
      audio_.smooth(before);
      ++statistics_.fec_packets_used;
      next_media_ = later.media;
      packets_.discard_before(next_sequence_ = later.sequence);
      return;
    }
  }
  // Of a longer gap, only what is before the restored packet.
  const int64_t lost = fec && gap > length ? gap - length : gap;
  if (repeated_for_late_ > 0) {
    // Speech that was played once more for it is in its place.
    const int64_t jump = std::min(repeated_for_late_, lost);
    next_media_ += jump;
    repeated_for_late_ = 0;
    if (jump == gap) packets_.discard_before(next_sequence_ = later.sequence);
    return;
  }
  // A gap can be shorter than it was, where the delay is longer than it has to be.
  const int64_t surplus = surplus_;
  surplus_ = 0;
  if (surplus > 0) {
    const int64_t jump = std::min(surplus, gap / 2);
    next_media_ += jump;
    statistics_.removed_samples += static_cast<uint64_t>(jump);
    return;
  }
  const int samples = static_cast<int>(std::min<int64_t>(missing, lost));
  conceal(samples);
  next_media_ += samples;
  unavoidable_ += static_cast<double>(samples) / frame() * 0.0005;
  if (samples == gap) packets_.discard_before(next_sequence_ = later.sequence);
}

void JitterBuffer::fill_up() {
  while (audio_.ahead() < frame()) {
    if (decode_next()) continue;
    const int missing = frame() - audio_.ahead();
    const Packet* packet = packets_.find(next_sequence_);
    const Packet* later = packet ? nullptr : packets_.after(next_sequence_);
    if (later) {
      fill_gap(*later, missing);
    } else if (packet || pause_) {
      // The sender paused: time goes on.
      const int64_t pause = packet ? packet->media - next_media_ : missing;
      const int samples = static_cast<int>(std::min<int64_t>(missing, pause));
      comfort(samples);
      next_media_ += samples;
    } else if (held_ == 0 && repeat(missing)) {
      // It may be a little late only: played slower, nothing has to be made up.
    } else {
      conceal(missing);
      held_ += missing;
    }
  }
}

}  // namespace jitter
