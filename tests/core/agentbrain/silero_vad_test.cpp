#include "silero_vad.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "speech_clip.hpp"

namespace {

using namespace agentbrain;
using test_support::Clip;

std::string model_path() {
  const char* models = std::getenv("JACKFIELD_MODELS");
  return std::string(models ? models : "") + "/silero_vad.onnx";
}
std::vector<std::uint8_t> model_bytes() {
  std::ifstream in(model_path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::shared_ptr<const SileroModel> model() {
  auto result = SileroModel::load(model_path());
  if (auto* error = std::get_if<std::string>(&result)) throw std::runtime_error(*error);
  return std::get<0>(result);
}

const SileroKernels* portable() { return &portable_silero_kernels(); }

// Probabilities of a clip, window by window.
std::vector<float> run(const Clip& clip, const SileroKernels& kernels) {
  SileroVad vad(model(), clip.rate, kernels);
  std::vector<float> out;
  for (std::size_t at = 0; at + vad.window() <= clip.samples.size(); at += vad.window()) {
    out.push_back(vad.process(std::span(clip.samples).subspan(at, vad.window())));
  }
  return out;
}

// What onnxruntime made of a clip; tests/data/silero.
struct Reference {
  std::string clip;
  int rate = 0;
  std::vector<float> probabilities;
};
Reference reference(const std::string& name) {
  const char* root = std::getenv("JACKFIELD_SOURCE_DIR");
  std::ifstream in(std::string(root ? root : ".") + "/tests/data/silero/" + name + ".csv");
  Reference r;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# clip ")) r.clip = line.substr(7);
    if (line.starts_with("# rate ")) r.rate = std::stoi(line.substr(7));
    if (!line.starts_with("#")) r.probabilities.push_back(std::stof(line));
  }
  return r;
}

class SileroReferenceTest
    : public testing::TestWithParam<std::tuple<const char*, const SileroKernels* (*)()>> {};

TEST_P(SileroReferenceTest, AgreesWithOnnxruntime) {
  const auto [name, get_kernels] = GetParam();
  const SileroKernels* kernels = get_kernels();
  if (!kernels) GTEST_SKIP() << "this CPU has no AVX2";
  const Reference expected = reference(name);
  const Clip clip = test_support::read_wav(expected.clip);
  ASSERT_EQ(clip.rate, expected.rate);
  const auto actual = run(clip, *kernels);
  ASSERT_EQ(actual.size(), expected.probabilities.size());
  ASSERT_FALSE(actual.empty());
  float worst = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    worst = std::max(worst, std::abs(actual[i] - expected.probabilities[i]));
  }
  EXPECT_LT(worst, 1e-4f);
  RecordProperty("worst_difference", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(
    Clips, SileroReferenceTest,
    testing::Combine(testing::Values("activated", "conf-adminmenu",
                                     "sense_and_sensibility_01_austen_64kb-0880"),
                     testing::Values(&portable, &avx2_silero_kernels)),
    [](const auto& test) {
      std::string name = std::get<0>(test.param);
      std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
      return name + (std::get<1>(test.param) == &portable ? "Portable" : "Avx2");
    });

TEST(SileroVadTest, BothKernelsAgree) {
  if (!avx2_silero_kernels()) GTEST_SKIP() << "this CPU has no AVX2";
  for (const Clip& clip :
       {test_support::prompt("conf-adminmenu"), test_support::librivox("0880")}) {
    const auto a = run(clip, *avx2_silero_kernels());
    const auto b = run(clip, portable_silero_kernels());
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5) << "window " << i;
  }
}

// The control: the references must not fit any other sound.
TEST(SileroVadTest, SilenceIsNotSpeech) {
  for (const int rate : {8000, 16000}) {
    Clip clip{.rate = rate, .samples = {}};
    clip.pause(3000);
    for (const float p : run(clip, best_silero_kernels())) EXPECT_LT(p, 0.1f);
  }
}

TEST(SileroVadTest, FullScaleAndResetAreHandled) {
  SileroVad vad(model(), 8000);
  const Clip clip = test_support::prompt("activated");
  const auto window = std::span(clip.samples).subspan(4096, vad.window());
  const float first = vad.process(window);
  std::vector<std::int16_t> extremes(vad.window());
  for (std::size_t i = 0; i < extremes.size(); ++i) extremes[i] = i % 2 ? 32767 : -32768;
  for (int i = 0; i < 100; ++i) {
    const float p = vad.process(extremes);
    ASSERT_TRUE(p >= 0 && p <= 1) << p;
  }
  vad.reset();
  EXPECT_EQ(vad.process(window), first);
}

TEST(SileroVadTest, StreamsDoNotDisturbEachOther) {
  const Clip clip = test_support::prompt("activated");
  const auto expected = run(clip, best_silero_kernels());
  std::vector<std::vector<float>> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back([&] { result = run(clip, best_silero_kernels()); });
    }
  }
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(SileroVadTest, LoadsOncePerProcess) { EXPECT_EQ(model().get(), model().get()); }

TEST(SileroVadTest, ARateWithoutANetworkIsRefused) {
  EXPECT_EQ(model()->network(44100), nullptr);
  EXPECT_THROW(SileroVad(model(), 44100), std::invalid_argument);
}

std::string load_error(const std::string& path) {
  const auto result = SileroModel::load(path);
  const auto* error = std::get_if<std::string>(&result);
  return error ? *error : "";
}

TEST(SileroModelTest, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(load_error("/nonexistent/silero_vad.onnx"), "there is no such file");
  EXPECT_EQ(load_error(std::filesystem::temp_directory_path().string()), "it is not a file");
}

TEST(SileroModelTest, AFailedLoadIsTriedAgain) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("silero_retry_" + std::to_string(getpid()) + ".onnx");
  const auto bytes = model_bytes();
  ASSERT_GT(bytes.size(), 2000000u);
  const auto write = [&](std::size_t length) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(length));
  };
  write(bytes.size() / 2);
  EXPECT_NE(load_error(path.string()).find("truncated"), std::string::npos);
  write(bytes.size());
  EXPECT_EQ(load_error(path.string()), "");
  std::filesystem::remove(path);
}

TEST(SileroModelTest, AnotherModelIsNamedAsSuch) {
  const std::vector<std::uint8_t> empty_graph = {0x3a, 0x00};  // ModelProto with an empty graph
  const auto result = SileroModel::parse(empty_graph);
  ASSERT_TRUE(std::holds_alternative<std::string>(result));
  EXPECT_NE(std::get<std::string>(result).find("not Silero"), std::string::npos);
}

// Renaming one tensor makes a file that is sound as ONNX and useless as this network.
TEST(SileroModelTest, AMissingTensorIsNamed) {
  auto bytes = model_bytes();
  const std::string_view name = "decoder.rnn.weight_hh";
  auto at = bytes.begin();
  int renamed = 0;
  while ((at = std::search(at, bytes.end(), name.begin(), name.end())) != bytes.end()) {
    *at = 'X';
    ++renamed;
  }
  ASSERT_GT(renamed, 0);
  const auto result = SileroModel::parse(bytes);
  ASSERT_TRUE(std::holds_alternative<std::string>(result));
  EXPECT_EQ(std::get<std::string>(result), "it has no tensor decoder.rnn.weight_hh");
}

#if defined(__SSE2__)
TEST(SileroVadTest, LeavesTheFloatingPointModeOfItsCallerAlone) {
  const unsigned before = __builtin_ia32_stmxcsr();
  SileroVad vad(model(), 16000);
  vad.process(std::vector<std::int16_t>(vad.window()));
  EXPECT_EQ(__builtin_ia32_stmxcsr() & ~0x3fu, before & ~0x3fu);  // without the sticky flags
}
#endif

}  // namespace
