#include "silero_vad.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "onnx_reader.hpp"

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace agentbrain {
namespace {

constexpr int kHidden = SileroNetwork::kHidden;
constexpr int kFrames = SileroNetwork::kFrames;
constexpr int kMaxWindow = 512;
constexpr int kMaxFilter = 256;
constexpr int kMaxBins = 136;
constexpr int kMaxChannels = 136;
constexpr std::uintmax_t kMaxFileSize = 64u << 20;

// The four convolutions: all have three taps and a border of one zero on each side.
struct Convolution {
  int in;  // 0: the bins of the STFT
  int out;
  int stride;
  int frames_in;
  int frames_out;
  int first_tap;  // taps that only ever meet the border are left out
  int taps;
};
constexpr Convolution kEncoder[4] = {
    {.in = 0, .out = 128, .stride = 1, .frames_in = 4, .frames_out = 4, .first_tap = 0, .taps = 3},
    {.in = 128, .out = 64, .stride = 2, .frames_in = 4, .frames_out = 2, .first_tap = 0, .taps = 3},
    {.in = 64, .out = 64, .stride = 2, .frames_in = 2, .frames_out = 1, .first_tap = 1, .taps = 2},
    {.in = 64,
     .out = 128,
     .stride = 1,
     .frames_in = 1,
     .frames_out = 1,
     .first_tap = 1,
     .taps = 1}};

// Results too small for normal floats would be computed up to a hundred times slower on x86.
// Other processors handle them at full speed.
class FlushDenormals {
 public:
#if defined(__SSE2__) || defined(_M_X64)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }  // FTZ and DAZ
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  FlushDenormals() {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
};

// Takes the tensors of one network out of a graph; throws std::runtime_error, caught in parse().
class NetworkReader {
 public:
  NetworkReader(const OnnxGraph& graph, std::string prefix)
      : graph_(graph), prefix_(std::move(prefix)) {}

  SileroNetwork read(int rate) const {
    SileroNetwork n;
    n.rate = rate;
    n.window = rate * 32 / 1000;
    n.context = n.window / 8;
    n.filter = n.window / 2;
    const int bins = n.filter / 2 + 1;
    n.bins = (bins + 7) / 8 * 8;
    n.stft = stft(n, bins);
    for (int i = 0; i < 4; ++i) n.encoder[i] = convolution(n, bins, i);
    n.lstm = lstm();
    const OnnxTensor& output = tensor("decoder.decoder.2.weight", {1, kHidden, 1});
    for (int i = 0; i < kHidden; ++i) n.output[i] = output.at(i);
    n.output_bias = tensor("decoder.decoder.2.bias", {1}).at(0);
    return n;
  }

  const OnnxTensor* find(std::string_view name) const {
    return graph_.find(prefix_ + std::string(name));
  }

 private:
  const OnnxTensor& tensor(std::string_view name, std::vector<std::uint64_t> dims) const {
    const OnnxTensor* t = find(name);
    if (!t) throw std::runtime_error("it has no tensor " + prefix_ + std::string(name));
    if (t->dims != dims) {
      throw std::runtime_error("tensor " + prefix_ + std::string(name) +
                               " has a shape that Silero VAD version 6 does not have");
    }
    return *t;
  }

  PackedMatrix stft(const SileroNetwork& n, int bins) const {
    const auto filter = static_cast<std::uint64_t>(n.filter);
    const OnnxTensor& basis = tensor("stft.forward_basis_buffer", {filter + 2, 1, filter});
    PackedMatrix m(n.filter, 2 * n.bins);
    for (int row = 0; row < 2 * bins; ++row) {
      const int column = row < bins ? row : n.bins + row - bins;  // real parts, then imaginary
      for (int k = 0; k < n.filter; ++k) m.set(k, column, basis.at(row * n.filter + k));
    }
    return m;
  }

  PackedMatrix convolution(const SileroNetwork& n, int bins, int index) const {
    const Convolution& c = kEncoder[index];
    const int in = c.in ? c.in : bins;
    const int padded_in = c.in ? c.in : n.bins;
    const std::string name = "encoder." + std::to_string(index) + ".reparam_conv.";
    const OnnxTensor& weight = tensor(
        name + "weight", {static_cast<std::uint64_t>(c.out), static_cast<std::uint64_t>(in), 3});
    const OnnxTensor& bias = tensor(name + "bias", {static_cast<std::uint64_t>(c.out)});
    PackedMatrix m(c.taps * padded_in, c.out);
    for (int o = 0; o < c.out; ++o) {
      m.set_bias(o, bias.at(o));
      for (int i = 0; i < in; ++i) {
        for (int tap = 0; tap < c.taps; ++tap) {
          m.set(tap * padded_in + i, o, weight.at((o * in + i) * 3 + c.first_tap + tap));
        }
      }
    }
    return m;
  }

  PackedMatrix lstm() const {
    const OnnxTensor& input = tensor("decoder.rnn.weight_ih", {4 * kHidden, kHidden});
    const OnnxTensor& hidden = tensor("decoder.rnn.weight_hh", {4 * kHidden, kHidden});
    const OnnxTensor& input_bias = tensor("decoder.rnn.bias_ih", {4 * kHidden});
    const OnnxTensor& hidden_bias = tensor("decoder.rnn.bias_hh", {4 * kHidden});
    PackedMatrix m(2 * kHidden, 4 * kHidden);
    for (int o = 0; o < 4 * kHidden; ++o) {
      m.set_bias(o, input_bias.at(o) + hidden_bias.at(o));
      for (int i = 0; i < kHidden; ++i) {
        m.set(i, o, input.at(o * kHidden + i));
        m.set(kHidden + i, o, hidden.at(o * kHidden + i));
      }
    }
    return m;
  }

  const OnnxGraph& graph_;
  std::string prefix_;
};

std::variant<std::vector<std::uint8_t>, std::string> read_file(const std::string& path) {
  const std::filesystem::path file(std::u8string(path.begin(), path.end()));
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) return "there is no such file";
  if (!std::filesystem::is_regular_file(status)) return "it is not a file";
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) return "it cannot be read: " + error.message();
  if (size > kMaxFileSize) {
    return "it has " + std::to_string(size) + " bytes, far more than a Silero VAD model";
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  std::ifstream in(file, std::ios::binary);
  if (!in) return "it cannot be opened";
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::size_t>(in.gcount()) != bytes.size()) return "it cannot be read to its end";
  return bytes;
}

}  // namespace

PackedMatrix::PackedMatrix(int depth, int columns)
    : depth_(depth),
      columns_((columns + MatrixView::kPanel - 1) / MatrixView::kPanel * MatrixView::kPanel),
      weights_(static_cast<std::size_t>(depth_) * static_cast<std::size_t>(columns_)) {}

void PackedMatrix::set(int row, int column, float value) {
  constexpr int kPanel = MatrixView::kPanel;
  weights_[column / kPanel * kPanel * depth_ + row * kPanel + column % kPanel] = value;
}

void PackedMatrix::set_bias(int column, float value) {
  bias_.resize(static_cast<std::size_t>(columns_));
  bias_[column] = value;
}

MatrixView PackedMatrix::view() const {
  return {.depth = depth_,
          .columns = columns_,
          .weights = weights_.data(),
          .bias = bias_.empty() ? nullptr : bias_.data()};
}

std::variant<std::shared_ptr<const SileroModel>, std::string> SileroModel::parse(
    std::span<const std::uint8_t> file) {
  const auto result = read_onnx(file);
  if (const auto* error = std::get_if<OnnxError>(&result)) {
    return error->text + " (at byte " + std::to_string(error->offset) + ")";
  }
  auto model = std::make_shared<SileroModel>();
  try {
    for (const OnnxGraph& graph : std::get<0>(result)) {
      // Some exports put everything under "model.".
      for (const char* prefix : {"", "model."}) {
        const NetworkReader reader(graph, prefix);
        const OnnxTensor* basis = reader.find("stft.forward_basis_buffer");
        if (!basis || basis->dims.empty()) continue;
        if (basis->dims[0] == 130) model->networks_[0] = reader.read(8000);
        if (basis->dims[0] == 258) model->networks_[1] = reader.read(16000);
      }
    }
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  if (!model->networks_[0] && !model->networks_[1]) {
    return "it is an ONNX model but not Silero VAD version 6 with float32 weights";
  }
  return model;
}

std::variant<std::shared_ptr<const SileroModel>, std::string> SileroModel::load(
    const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const SileroModel>> models;
  std::lock_guard guard(mutex);
  if (const auto known = models.find(path); known != models.end()) return known->second;
  auto bytes = read_file(path);
  if (auto* error = std::get_if<std::string>(&bytes)) return std::move(*error);
  auto model = parse(std::get<0>(bytes));
  if (auto* loaded = std::get_if<0>(&model)) models.emplace(path, *loaded);
  return model;
}

const SileroNetwork* SileroModel::network(int rate) const {
  for (const auto& n : networks_) {
    if (n && n->rate == rate) return &*n;
  }
  return nullptr;
}

SileroVad::SileroVad(std::shared_ptr<const SileroModel> model, int rate,
                     const SileroKernels& kernels)
    : model_(std::move(model)), network_(model_->network(rate)), kernels_(&kernels) {
  if (!network_) {
    throw std::invalid_argument("the model has no network for " + std::to_string(rate) + " Hz");
  }
}

void SileroVad::reset() {
  context_.fill(0);
  hidden_.fill(0);
  cell_.fill(0);
}

float SileroVad::process(std::span<const std::int16_t> samples) {
  const SileroNetwork& n = *network_;
  const FlushDenormals flush;

  // Context, window, and the end mirrored: the last sample is not repeated.
  float input[kMaxContext + kMaxWindow + kMaxFilter / 4];
  float* const end = std::transform(samples.begin(), samples.begin() + n.window,
                                    std::copy_n(context_.data(), n.context, input),
                                    [](std::int16_t s) { return static_cast<float>(s) / 32768; });
  for (int i = 0; i < n.filter / 4; ++i) end[i] = end[-2 - i];
  std::copy(end - n.context, end, context_.data());

  float spectrum[kFrames * 2 * kMaxBins];
  kernels_->multiply(n.stft.view(), input, n.filter / 2, kFrames, false, spectrum, 2 * n.bins);

  // Frames of channels with one frame of zeros before and behind: the border of the convolutions.
  // Frames that overlap are then the rows of a matrix product.
  float a[(kFrames + 2) * kMaxChannels] = {};
  float b[(kFrames + 2) * kMaxChannels] = {};
  for (int t = 0; t < kFrames; ++t) {
    const float* frame = spectrum + t * 2 * n.bins;
    kernels_->magnitude(frame, frame + n.bins, n.bins, a + (t + 1) * n.bins);
  }
  float* in = a;
  float* out = b;
  int channels = n.bins;
  for (int i = 0; i < 4; ++i) {
    const Convolution& c = kEncoder[i];
    std::fill_n(in, channels, 0.0f);
    std::fill_n(in + (c.frames_in + 1) * channels, channels, 0.0f);
    kernels_->multiply(n.encoder[i].view(), in + c.first_tap * channels, c.stride * channels,
                       c.frames_out, true, out + c.out, c.out);
    channels = c.out;
    std::swap(in, out);
  }

  float step[2 * kHidden];
  float gates[4 * kHidden];
  std::copy_n(in + channels, kHidden, step);
  std::copy_n(hidden_.data(), kHidden, step + kHidden);
  kernels_->multiply(n.lstm.view(), step, 0, 1, false, gates, 0);
  kernels_->lstm_step(gates, kHidden, cell_.data(), hidden_.data());

  float sum = n.output_bias;
  for (int i = 0; i < kHidden; ++i) sum += std::max(hidden_[i], 0.0f) * n.output[i];
  return 1.0f / (1.0f + std::exp(-sum));
}

}  // namespace agentbrain
