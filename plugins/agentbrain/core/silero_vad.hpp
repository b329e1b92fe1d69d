// Silero VAD, version 6: how likely is it that a window of audio holds speech? The network
// (github.com/snakers4/silero-vad, MIT) is computed here, from the weights of its ONNX file:
//
//   window with some context -> STFT -> |.| -> 4 convolutions with ReLU -> LSTM -> ReLU, 1x1
//   convolution, sigmoid
//
// The weights are read once per process and shared by all calls; a call has 1.3 kB of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "silero_kernels.hpp"

namespace agentbrain {

// A cache line, so that a vector load never straddles two.
template <typename T>
struct CacheAligned {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};
  CacheAligned() = default;
  template <typename U>
  explicit CacheAligned(const CacheAligned<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kAlignment)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kAlignment); }
  bool operator==(const CacheAligned&) const { return true; }
};

// A matrix in the layout of MatrixView.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  // All zero, without a bias; columns are rounded up to whole panels.
  PackedMatrix(int depth, int columns);
  void set(int row, int column, float value);
  void set_bias(int column, float value);
  MatrixView view() const;

 private:
  using Floats = std::vector<float, CacheAligned<float>>;
  int depth_ = 0;
  int columns_ = 0;
  Floats weights_;
  Floats bias_;
};

// The network for one sample rate. 8 kHz has half the sizes of 16 kHz and weights of its own.
struct SileroNetwork {
  static constexpr int kHidden = 128;
  static constexpr int kFrames = 4;  // STFT frames in a window

  int rate = 0;             // Hz
  int window = 0;           // new samples per step: 32 ms
  int context = 0;          // samples before them that the network sees again: 4 ms
  int filter = 0;           // length of the STFT
  int bins = 0;             // filter / 2 + 1, padded to a multiple of 8
  PackedMatrix stft;        // filter x (bins real, bins imaginary)
  PackedMatrix encoder[4];  // convolutions over time, taps times channels deep
  PackedMatrix lstm;        // (input, hidden) x 4 gates
  std::array<float, kHidden> output{};
  float output_bias = 0;
};

// Immutable once made, so any number of threads may use it.
class SileroModel {
 public:
  // Parses the bytes of a model file. On failure: what is wrong, in words.
  static std::variant<std::shared_ptr<const SileroModel>, std::string> parse(
      std::span<const std::uint8_t> file);
  // Reads a file (path in UTF-8). One that was read before in this process is not read again.
  static std::variant<std::shared_ptr<const SileroModel>, std::string> load(
      const std::string& path);

  // nullptr when the model has no network for this rate (Hz); there are 8000 and 16000.
  const SileroNetwork* network(int rate) const;

 private:
  std::array<std::optional<SileroNetwork>, 2> networks_;
};

// The state of one stream of audio. Not thread-safe.
class SileroVad {
 public:
  // `model` must have a network for `rate`.
  SileroVad(std::shared_ptr<const SileroModel> model, int rate,
            const SileroKernels& kernels = best_silero_kernels());

  // Samples that process() takes: 32 ms.
  std::size_t window() const { return static_cast<std::size_t>(network_->window); }
  // The probability of speech in the next window.
  float process(std::span<const std::int16_t> samples);
  // Forgets all audio.
  void reset();

 private:
  static constexpr int kMaxContext = 64;

  std::shared_ptr<const SileroModel> model_;
  const SileroNetwork* network_;
  const SileroKernels* kernels_;
  std::array<float, kMaxContext> context_{};
  std::array<float, SileroNetwork::kHidden> hidden_{};
  std::array<float, SileroNetwork::kHidden> cell_{};
};

}  // namespace agentbrain
