// Mixes what is there, 10 ms at a time: any number of inputs into any number of outputs, each of
// which hears the inputs of its route. Outputs that hear the same share it. Costs grow with the
// number of inputs and of different outputs, not with their product.
//
// Pure. One thread at a time. Nothing is allocated in mix().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "aligned.hpp"
#include "duck_gain.hpp"
#include "duck_order.hpp"
#include "input_set.hpp"
#include "limiter.hpp"
#include "voice_level.hpp"

namespace ducking {

struct InputSettings {
  float gain = 1;  // 0 to 10
  bool mute = false;
  Duck duck = Duck::kAuto;
  int priority = 0;
  bool voice_only = false;  // heard only while there is a voice in it
};

struct MixSettings {
  float master_gain = 1;        // 0 to 10
  bool normalise = false;       // by 1/√(inputs with a voice)
  float duck_threshold = 0.1F;  // of those with Duck::kAuto, see DuckOrder
  DuckCurve curve;
  VoiceLevel::Config voice;
};

struct InputState {
  float level = 0;  // RMS, of what came, 0 to 1
  bool voice = false;
  float duck_db = 0;
  bool present = false;
  std::uint64_t missed = 0;  // blocks that did not come while others before had
};

class Mixer {
 public:
  struct Format {
    int rate = 48000;  // Hz, a multiple of 100
    int channels = 1;  // interleaved
  };
  static constexpr int kNoPlace = -1;

  explicit Mixer(Format format, const Kernels& kernels = ducking::kernels());

  std::size_t block() const { return block_; }  // samples of all channels in 10 ms
  void set(const MixSettings& settings) { settings_ = settings; }

  // kNoPlace when there are kMostInputs.
  int add_input();
  // Fades out; its place is free after the next mix().
  void remove_input(int place);
  void set_input(int place, const InputSettings& settings);
  // Where the next block goes, as a whole and only if arrived() is called behind it: until then
  // what was heard last is there, which fades out when no block comes. Nothing of it is left behind
  // mix().
  std::span<float> input(int place) { return {inputs_[index(place)].block.samples(), block_}; }
  void arrived(int place);
  InputState input_state(int place) const;

  int add_output();
  void remove_output(int place);
  // By places of inputs. All, when never set.
  void set_route(int output, const InputSet& route);

  void mix();

  // Of the last mix(); outputs with the same `shared` have the same samples.
  struct Heard {
    std::span<const float> samples;
    int shared = 0;
    bool silent = false;  // nobody was to be heard
    float limiter_gain = 1;
    float peak = 0;  // 0 to 1
  };
  Heard output(int place) const;
  int distinct() const { return used_groups_; }  // mixes that were made
  int dominant() const { return order_.dominant(); }

 private:
  // A block of an input, and from mix() on what it contributed, in the same memory: many inputs
  // cost as much as they have of it.
  class Block {
   public:
    void resize(std::size_t count) { bytes_.assign(count * sizeof(float), std::byte{}); }
    float* samples() { return reinterpret_cast<float*>(bytes_.data()); }
    std::int32_t* contribution() { return reinterpret_cast<std::int32_t*>(bytes_.data()); }

   private:
    static_assert(sizeof(float) == sizeof(std::int32_t));
    AlignedVector<std::byte> bytes_;
  };
  struct Input {
    bool used = false, leaving = false, arrived = false;
    bool present = false;  // came in the last block
    InputSettings settings;
    VoiceLevel voice;
    DuckGain duck;
    float power = 0;  // of the block that has arrived
    float gain = 0;   // at the end of the last block
    std::uint64_t missed = 0;
    Block block;
  };
  struct Output {
    bool used = false;
    InputSet route = InputSet::all();
    Limiter limiter;
    int group = 0;
  };
  // A mix that some outputs share.
  struct Group {
    InputSet inputs;
    Limiter limiter;
    float peak = 0;
    AlignedVector<float> samples;
  };

  static std::size_t index(int place) { return static_cast<std::size_t>(place); }
  void judge();
  void contribute();
  float gain_of(const Input& input, float duck_db) const;
  void fade_out(Input& input);
  void make_outputs();
  int group_of(const InputSet& inputs, const Limiter& limiter);
  void render(Group& group);

  const std::size_t block_;
  const std::size_t channels_;
  const Kernels& kernels_;
  MixSettings settings_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  std::vector<DuckSide> sides_;
  DuckOrder order_;
  InputSet contributing_;
  AlignedVector<std::int32_t> sum_, mix_;
  AlignedVector<float> tail_;
  std::vector<float> fade_;  // half a cosine over the block, all channels
  std::vector<Group> groups_;
  std::vector<int> buckets_;  // of groups, by their hash; −1: none
  int used_groups_ = 0;
  float level_from_ = 1, level_to_ = 1;  // master gain and normalisation
  float normal_ = 1;
};

}  // namespace ducking
