#include "packet_buffer.hpp"

#include <algorithm>

namespace jitter {

PacketBuffer::Insert PacketBuffer::insert(int64_t sequence, int64_t media, int64_t arrival_ns,
                                          std::span<const uint8_t> payload) {
  if (sequence < from_) return Insert::kTooOld;
  if (count_ > 0) {
    const int64_t low = std::min(lowest_, sequence), high = std::max(highest_, sequence);
    if (high - low >= kCapacity) return Insert::kTooFar;
  }
  Slot& slot = slots_[index(sequence)];
  if (slot.used) return Insert::kDuplicate;
  slot.used = true;
  slot.packet.sequence = sequence;
  slot.packet.media = media;
  slot.packet.arrival_ns = arrival_ns;
  slot.packet.payload.assign(payload.begin(), payload.end());
  lowest_ = count_ > 0 ? std::min(lowest_, sequence) : sequence;
  highest_ = count_ > 0 ? std::max(highest_, sequence) : sequence;
  ++count_;
  return Insert::kStored;
}

void PacketBuffer::discard_before(int64_t sequence) {
  from_ = std::max(from_, sequence);
  while (count_ > 0 && lowest_ < sequence) {
    slots_[index(lowest_)].used = false;
    if (--count_ == 0) break;
    do ++lowest_;
    while (!slots_[index(lowest_)].used);
  }
}

void PacketBuffer::clear() {
  for (Slot& slot : slots_) slot.used = false;
  count_ = 0;
  from_ = INT64_MIN;
}

const Packet* PacketBuffer::find(int64_t sequence) const {
  if (count_ == 0 || sequence < lowest_ || sequence > highest_) return nullptr;
  const Slot& slot = slots_[index(sequence)];
  return slot.used ? &slot.packet : nullptr;
}

const Packet* PacketBuffer::after(int64_t sequence) const {
  if (count_ == 0 || sequence >= highest_) return nullptr;
  for (int64_t next = std::max(sequence + 1, lowest_); next <= highest_; ++next) {
    if (const Packet* packet = find(next)) return packet;
  }
  return nullptr;
}

}  // namespace jitter
