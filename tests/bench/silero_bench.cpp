// What a window of 32 ms costs in Silero VAD, on human speech. Divide by 32 ms for the share of a
// core that one call takes. "calls" is how many streams take turns on the core: their states and
// the caches they compete for are those of a server.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "silero_vad.hpp"
#include "speech_clip.hpp"

namespace {

using namespace agentbrain;

std::shared_ptr<const SileroModel> model(benchmark::State& state) {
  const char* models = std::getenv("JACKFIELD_MODELS");
  const std::string path = std::string(models ? models : ".deps/models") + "/silero_vad.onnx";
  auto result = SileroModel::load(path);
  if (auto* error = std::get_if<std::string>(&result)) {
    state.SkipWithError((path + ": " + *error).c_str());
    return nullptr;
  }
  return std::get<0>(result);
}

void window(benchmark::State& state, int rate, const SileroKernels* kernels) {
  if (!kernels) return state.SkipWithError("this CPU has no AVX2");
  const auto loaded = model(state);
  if (!loaded) return;
  const test_support::Clip clip =
      rate == 8000 ? test_support::prompt("conf-adminmenu") : test_support::librivox("0870");
  const auto calls = static_cast<std::size_t>(state.range(0));
  std::vector<SileroVad> streams(calls, SileroVad(loaded, rate, *kernels));
  const std::size_t length = streams[0].window();
  const std::size_t windows = clip.samples.size() / length;
  std::size_t i = 0;
  for (auto _ : state) {
    const auto samples = std::span(clip.samples).subspan(i / calls % windows * length, length);
    benchmark::DoNotOptimize(streams[i % calls].process(samples));
    ++i;
  }
  state.counters["core_share"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 0.032,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void load(benchmark::State& state) {
  const char* models = std::getenv("JACKFIELD_MODELS");
  std::ifstream in(std::string(models ? models : ".deps/models") + "/silero_vad.onnx",
                   std::ios::binary);
  const std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(in), {});
  for (auto _ : state) {
    const auto result = SileroModel::parse(bytes);
    if (result.index() != 0) return state.SkipWithError("no model");
  }
}

BENCHMARK_CAPTURE(window, avx2_8000, 8000, avx2_silero_kernels())
    ->Arg(1)
    ->Arg(100)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(window, avx2_16000, 16000, avx2_silero_kernels())
    ->Arg(1)
    ->Arg(100)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(window, portable_8000, 8000, &portable_silero_kernels())
    ->Arg(1)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(window, portable_16000, 16000, &portable_silero_kernels())
    ->Arg(1)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(load)->Unit(benchmark::kMillisecond);

}  // namespace
