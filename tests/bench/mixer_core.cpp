// What mixing a block of 10 ms costs in the core of duckingmixer, for each instruction set that
// this machine has, without GStreamer:
//   mixer_core ROUNDS N...   one JSON object a row
// Inputs are written between the blocks, outside of what is measured. A round is about 2 ms of
// work; the best and the middle one are told, for on a machine that does other things, too, only
// the best says what the code costs.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "mixer.hpp"

namespace {

using namespace ducking;
using Clock = std::chrono::steady_clock;

enum class Outputs { kOne, kMinus, kListeners };
constexpr const char* kNames[] = {"one mix", "mix-minus", "three speak"};
constexpr int kSpeakers = 3;

class Room {
 public:
  Room(const Kernels& kernels, int inputs, Outputs outputs) : mixer_({}, kernels) {
    const bool listeners = outputs == Outputs::kListeners;
    for (int i = 0; i < inputs; ++i) {
      const int place = mixer_.add_input();
      mixer_.set_input(place, {.duck = Duck::kNever, .voice_only = listeners});
      places_.push_back(place);
      // The sum stays below the limiter, as that of people who speak in turn does.
      const float alike = 0.5F / static_cast<float>(inputs);
      const float one_of_few = i < kSpeakers ? 0.14F : 0.0005F;
      said_.push_back(tone(listeners ? one_of_few : alike, 200 + 10 * i));
    }
    for (int i = 0; i < (outputs == Outputs::kOne ? 1 : inputs); ++i) {
      const int place = mixer_.add_output();
      if (outputs == Outputs::kOne) continue;
      InputSet route = InputSet::all();
      route.remove(places_[static_cast<std::size_t>(i)]);
      mixer_.set_route(place, route);
    }
  }
  // Of 10 ms.
  Clock::duration mix() {
    for (std::size_t i = 0; i < places_.size(); ++i)
      std::copy(said_[i].begin(), said_[i].end(), mixer_.input(places_[i]).begin());
    const auto begin = Clock::now();
    for (const int place : places_) mixer_.arrived(place);
    mixer_.mix();
    return Clock::now() - begin;
  }
  int distinct() const { return mixer_.distinct(); }

 private:
  std::vector<float> tone(float most, int hertz) const {
    std::vector<float> samples(mixer_.block());
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = most * std::sin(static_cast<float>(i) * static_cast<float>(hertz) * 1.309e-4F);
    return samples;
  }

  Mixer mixer_;
  std::vector<int> places_;
  std::vector<std::vector<float>> said_;
};

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

void measure(const Kernels& kernels, int inputs, Outputs outputs, int rounds) {
  Room room(kernels, inputs, outputs);
  const int blocks = std::max(20, 10'000 / inputs);
  std::vector<double> times;
  // In the first of them nobody has spoken yet, and buffers are new.
  for (int block = 0; block < 20; ++block) room.mix();
  const int distinct = room.distinct();
  for (int round = 0; round < rounds; ++round) {
    Clock::duration time{};
    for (int block = 0; block < blocks; ++block) time += room.mix();
    times.push_back(microseconds(time) / blocks);
  }
  std::sort(times.begin(), times.end());
  std::printf(
      "{\"kernels\": \"%s\", \"inputs\": %d, \"outputs\": \"%s\", \"distinct\": %d, "
      "\"us\": %.3f, \"us-middle\": %.3f}\n",
      kernels.name, inputs, kNames[static_cast<int>(outputs)], distinct, times.front(),
      times[times.size() / 2]);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 0;
  if (argc < 3 || rounds < 1) {
    std::fprintf(stderr, "usage: mixer_core ROUNDS N...\n");
    return 2;
  }
  std::size_t count = 0;
  const Kernels* const* all = all_kernels(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (int argument = 2; argument < argc; ++argument) {
      const int inputs = std::clamp(std::atoi(argv[argument]), 1, kMostInputs);
      for (const Outputs outputs : {Outputs::kOne, Outputs::kMinus, Outputs::kListeners})
        measure(*all[i], inputs, outputs, rounds);
    }
  }
}
