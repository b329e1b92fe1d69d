// The packets that wait to be played, in the order of their sequence numbers. Bounded, and without
// allocation once the slots have grown to the size of a packet. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace jitter {

struct Packet {
  int64_t sequence = 0;    // unwrapped
  int64_t media = 0;       // unwrapped RTP timestamp, samples of the clock rate
  int64_t arrival_ns = 0;  // on the clock of JitterBuffer's callers
  std::vector<uint8_t> payload;
};

class PacketBuffer {
 public:
  static constexpr int64_t kCapacity = 512;  // sequence numbers: 10 s of packets of 20 ms

  enum class Insert {
    kStored,
    kDuplicate,
    kTooOld,  // before the first one that is still of use
    kTooFar,  // beyond the capacity: a burst, or another stream
  };
  Insert insert(int64_t sequence, int64_t media, int64_t arrival_ns,
                std::span<const uint8_t> payload);

  // Packets before `sequence` are of no use any more.
  void discard_before(int64_t sequence);
  // Forgets all; the first packet of use is the next one that comes.
  void clear();

  // nullptr: not there.
  const Packet* find(int64_t sequence) const;
  // The packet with the lowest sequence number, nullptr when empty.
  const Packet* first() const { return count_ > 0 ? find(lowest_) : nullptr; }
  const Packet* last() const { return count_ > 0 ? find(highest_) : nullptr; }
  // The first packet behind `sequence`.
  const Packet* after(int64_t sequence) const;
  size_t size() const { return count_; }

 private:
  struct Slot {
    bool used = false;
    Packet packet;
  };
  static size_t index(int64_t sequence) {
    return static_cast<size_t>(((sequence % kCapacity) + kCapacity) % kCapacity);
  }

  std::vector<Slot> slots_ = std::vector<Slot>(kCapacity);
  size_t count_ = 0;
  int64_t lowest_ = 0;        // of those stored, while count_ > 0
  int64_t highest_ = 0;       // the same
  int64_t from_ = INT64_MIN;  // the first of use
};

}  // namespace jitter
