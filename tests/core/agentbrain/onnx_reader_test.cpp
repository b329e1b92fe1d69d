#include "onnx_reader.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

namespace {

using agentbrain::OnnxError;
using agentbrain::OnnxGraph;
using agentbrain::read_onnx;
using Bytes = std::vector<std::uint8_t>;

// A few lines of protobuf writing, so that files of any shape can be made here.
void put_varint(Bytes& out, std::uint64_t v) {
  for (; v > 127; v >>= 7) out.push_back(static_cast<std::uint8_t>(v | 128));
  out.push_back(static_cast<std::uint8_t>(v));
}
Bytes number(unsigned field, std::uint64_t v) {
  Bytes out;
  put_varint(out, field << 3);
  put_varint(out, v);
  return out;
}
Bytes message(unsigned field, const Bytes& body) {
  Bytes out;
  put_varint(out, field << 3 | 2);
  put_varint(out, body.size());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}
Bytes text(unsigned field, std::string_view s) { return message(field, Bytes(s.begin(), s.end())); }
Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Bytes raw_floats(unsigned field, std::vector<float> values) {
  Bytes body(values.size() * 4);
  std::memcpy(body.data(), values.data(), body.size());
  return message(field, body);
}
Bytes tensor(std::string_view name, std::vector<std::uint64_t> dims, std::vector<float> values) {
  Bytes out;
  for (const std::uint64_t d : dims) out = out + number(1, d);
  return out + number(2, 1) + text(8, name) + raw_floats(9, std::move(values));
}
Bytes model(const Bytes& graph) { return number(1, 8) + message(7, graph); }

std::vector<OnnxGraph> graphs_of(const Bytes& file) {
  auto result = read_onnx(file);
  if (const auto* error = std::get_if<OnnxError>(&result)) {
    ADD_FAILURE() << error->text << " at " << error->offset;
    return {};
  }
  return std::get<0>(std::move(result));
}
OnnxError error_of(const Bytes& file) {
  const auto result = read_onnx(file);
  if (const auto* error = std::get_if<OnnxError>(&result)) return *error;
  ADD_FAILURE() << "was read without an error";
  return {};
}

TEST(OnnxReaderTest, FindsInitializersWithShapeAndValues) {
  const Bytes file = model(message(5, tensor("w", {2, 2}, {1, -2.5f, 3, 4})));
  const auto graphs = graphs_of(file);
  ASSERT_EQ(graphs.size(), 1u);
  const auto* w = graphs[0].find("w");
  ASSERT_TRUE(w);
  EXPECT_EQ(w->dims, (std::vector<std::uint64_t>{2, 2}));
  ASSERT_EQ(w->size(), 4u);
  EXPECT_EQ(w->at(1), -2.5f);
  EXPECT_FALSE(graphs[0].find("other"));
}

TEST(OnnxReaderTest, TakesPackedDimsAndFloatData) {
  Bytes dims;
  put_varint(dims, 3);
  const Bytes t = message(1, dims) + number(2, 1) + text(8, "f") + raw_floats(4, {7, 8, 9});
  const Bytes file = model(message(5, t));
  const auto graphs = graphs_of(file);
  ASSERT_EQ(graphs.size(), 1u);
  ASSERT_TRUE(graphs[0].find("f"));
  EXPECT_EQ(graphs[0].find("f")->at(2), 9.0f);
}

TEST(OnnxReaderTest, ConstantsOfSubGraphsKeepTheirBranch) {
  const auto branch = [](float value) {
    const Bytes attribute = text(1, "value") + message(5, tensor("", {1}, {value}));
    return message(1, text(2, "w") + text(4, "Constant") + message(5, attribute));
  };
  const Bytes node = text(3, "If_0") + text(4, "If") +
                     message(5, text(1, "then_branch") + message(6, branch(1))) +
                     message(5, text(1, "else_branch") + message(6, branch(2)));
  const Bytes file = model(message(1, node));
  const auto graphs = graphs_of(file);
  ASSERT_EQ(graphs.size(), 3u);
  EXPECT_EQ(graphs[1].path, "If_0/then_branch");
  EXPECT_EQ(graphs[2].path, "If_0/else_branch");
  EXPECT_EQ(graphs[1].find("w")->at(0), 1.0f);
  EXPECT_EQ(graphs[2].find("w")->at(0), 2.0f);
}

TEST(OnnxReaderTest, RefusesASizeThatDoesNotMatchItsShape) {
  EXPECT_NE(error_of(model(message(5, tensor("w", {3}, {1, 2})))).text.find("needs 12 bytes"),
            std::string::npos);
}

TEST(OnnxReaderTest, RefusesShapesBeyondTheFile) {
  for (const std::vector<std::uint64_t>& dims :
       {std::vector<std::uint64_t>{1ull << 62, 4}, {~0ull, ~0ull}, {1ull << 32, 1ull << 32}}) {
    EXPECT_NE(error_of(model(message(5, tensor("w", dims, {1})))).text.find("larger"),
              std::string::npos);
  }
  EXPECT_NE(error_of(model(message(5, tensor("w", std::vector<std::uint64_t>(9, 1), {1}))))
                .text.find("too many dimensions"),
            std::string::npos);
}

TEST(OnnxReaderTest, RefusesNestingWithoutEnd) {
  Bytes graph;
  for (int i = 0; i < 64; ++i) {
    graph = message(1, text(4, "If") + message(5, text(1, "b") + message(6, graph)));
  }
  EXPECT_NE(error_of(model(graph)).text.find("nested"), std::string::npos);
}

TEST(OnnxReaderTest, NamesWhatIsWrongWithForeignFiles) {
  EXPECT_EQ(error_of({}).text, "the file is empty");
  const std::string lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:1a153a22\n";
  EXPECT_FALSE(error_of(Bytes(lfs.begin(), lfs.end())).text.empty());
  EXPECT_NE(error_of(number(1, 8)).text.find("no graph"), std::string::npos);
  const Bytes endless(11, 0xff);
  EXPECT_NE(error_of(endless).text.find("64 bits"), std::string::npos);
}

TEST(OnnxReaderTest, SaysWhereTheDamageIs) {
  Bytes file = model(message(5, tensor("w", {1}, {1})));
  file.pop_back();
  const OnnxError error = error_of(file);
  EXPECT_NE(error.text.find("truncated"), std::string::npos);
  EXPECT_EQ(error.offset, 2u);  // the graph field, behind the two bytes of the version
}

TEST(OnnxReaderTest, NoiseNeverCrashes) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    Bytes file(random() % 200);
    for (auto& b : file) b = static_cast<std::uint8_t>(random());
    (void)read_onnx(file);
  }
}

class SileroFileTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* models = std::getenv("JACKFIELD_MODELS");
    ASSERT_TRUE(models);
    std::ifstream in(std::string(models) + "/silero_vad.onnx", std::ios::binary);
    ASSERT_TRUE(in) << "no silero_vad.onnx in " << models << ": ./dev build fetches it";
    file_ = new Bytes(std::istreambuf_iterator<char>(in), {});
  }
  static void TearDownTestSuite() { delete file_; }
  static Bytes* file_;
};
Bytes* SileroFileTest::file_ = nullptr;

TEST_F(SileroFileTest, BothRatesAreFound) {
  const auto graphs = graphs_of(*file_);
  std::set<std::vector<std::uint64_t>> shapes;
  for (const OnnxGraph& graph : graphs) {
    if (const auto* t = graph.find("stft.forward_basis_buffer")) shapes.insert(t->dims);
  }
  EXPECT_EQ(shapes, (std::set<std::vector<std::uint64_t>>{{130, 1, 128}, {258, 1, 256}}));
}

TEST_F(SileroFileTest, TruncatedAnywhereItIsAnErrorNeverACrash) {
  std::mt19937 random(2);
  std::vector<std::size_t> lengths = {1, 2, 3, 4, 5, 6, 10, 100, file_->size() - 1};
  for (int i = 0; i < 300; ++i) lengths.push_back(random() % file_->size());
  for (const std::size_t length : lengths) {
    const auto result = read_onnx(std::span(*file_).first(length));
    ASSERT_TRUE(std::holds_alternative<OnnxError>(result)) << "of " << length << " bytes";
  }
}

TEST_F(SileroFileTest, FlippedBytesNeverCrash) {
  std::mt19937 random(3);
  Bytes damaged = *file_;
  for (int round = 0; round < 300; ++round) {
    // The structure is in the first bytes of each message; flip there more often.
    const std::size_t at = round % 2 ? random() % damaged.size() : random() % 4096;
    const std::uint8_t before = damaged[at];
    damaged[at] = static_cast<std::uint8_t>(random());
    (void)read_onnx(damaged);
    damaged[at] = before;
  }
}

}  // namespace
