// Outputs: which of them hear the same, and what that is.
#include <algorithm>
#include <bit>

#include "mixer.hpp"

namespace ducking {
namespace {

std::size_t hash_of(const InputSet& inputs, float limiter_gain) {
  std::uint64_t hash = std::bit_cast<std::uint32_t>(limiter_gain);
  for (const std::uint64_t word : inputs.words()) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32;
  }
  return static_cast<std::size_t>(hash);
}

}  // namespace

int Mixer::add_output() {
  std::size_t place = 0;
  while (place < outputs_.size() && outputs_[place].used) ++place;
  if (place == outputs_.size()) {
    outputs_.emplace_back();
    groups_.emplace_back().samples.resize(block_);
    buckets_.resize(std::bit_ceil(2 * outputs_.size()));
  }
  outputs_[place] = Output{};
  outputs_[place].used = true;
  return static_cast<int>(place);
}

void Mixer::remove_output(int place) { outputs_[index(place)].used = false; }

void Mixer::set_route(int output, const InputSet& route) { outputs_[index(output)].route = route; }

Mixer::Heard Mixer::output(int place) const {
  const Output& output = outputs_[index(place)];
  const Group& group = groups_[index(output.group)];
  return {.samples = group.samples,
          .shared = output.group,
          .silent = group.inputs == InputSet{},
          .limiter_gain = output.limiter.gain(),
          .peak = group.peak};
}

void Mixer::make_outputs() {
  used_groups_ = 0;
  std::fill(buckets_.begin(), buckets_.end(), -1);
  for (Output& output : outputs_) {
    if (output.used) output.group = group_of(output.route.both(contributing_), output.limiter);
  }
  for (int i = 0; i < used_groups_; ++i) render(groups_[index(i)]);
  for (Output& output : outputs_) {
    if (output.used) output.limiter = groups_[index(output.group)].limiter;
  }
}

// Those whose limiters are still apart, because they heard different things a moment ago, do not
// share yet.
int Mixer::group_of(const InputSet& inputs, const Limiter& limiter) {
  const std::size_t mask = buckets_.size() - 1;
  std::size_t bucket = hash_of(inputs, limiter.gain()) & mask;
  for (; buckets_[bucket] >= 0; bucket = (bucket + 1) & mask) {
    const Group& group = groups_[index(buckets_[bucket])];
    if (group.inputs == inputs && group.limiter.gain() == limiter.gain()) return buckets_[bucket];
  }
  Group& made = groups_[index(used_groups_)];
  made.inputs = inputs;
  made.limiter = limiter;
  return buckets_[bucket] = used_groups_++;
}

void Mixer::render(Group& group) {
  if (group.inputs == InputSet{}) {
    std::fill(group.samples.begin(), group.samples.end(), 0.0F);
    group.peak = 0;
  } else {
    const InputSet missing = contributing_.without(group.inputs);
    const std::int32_t* whole = sum_.data();
    const std::int32_t* less = nullptr;  // the last of those that are missing
    if (missing.count() <= group.inputs.count()) {
      missing.for_each([&](int place) {
        if (less != nullptr) {
          kernels_.subtract(mix_.data(), whole, less, block_);
          whole = mix_.data();
        }
        less = inputs_[index(place)].block.contribution();
      });
    } else {
      std::fill(mix_.begin(), mix_.end(), 0);
      group.inputs.for_each([&](int place) {
        kernels_.add(mix_.data(), inputs_[index(place)].block.contribution(), block_);
      });
      whole = mix_.data();
    }
    group.peak = kernels_.hear(whole, less, level_from_, level_to_, group.samples.data(), block_);
  }
  group.peak = group.limiter.apply(kernels_, group.samples.data(), block_ / channels_, channels_,
                                   group.peak);
}

}  // namespace ducking
