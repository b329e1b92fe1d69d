// Our G.711 beside that of GStreamer's elements: the same bits, for every code and every sample.
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <vector>

#include "g711.hpp"
#include "gstpp.hpp"

namespace {

// What `element` makes of one buffer.
template <typename Out, typename In>
std::vector<Out> through(const char* element, const char* caps, const std::vector<In>& in) {
  GstHarness* harness = gst_harness_new(element);
  gst_harness_set_src_caps_str(harness, caps);
  gstpp::BufferPtr buffer{gst_buffer_new_memdup(in.data(), in.size() * sizeof(In))};
  EXPECT_EQ(gst_harness_push(harness, buffer.release()), GST_FLOW_OK);
  std::vector<Out> out;
  if (gstpp::BufferPtr made{gst_harness_try_pull(harness)}) {
    gstpp::MappedBuffer map(made.get(), GST_MAP_READ);
    const auto bytes = map.template as<Out>();
    out.assign(bytes.begin(), bytes.end());
  }
  gst_harness_teardown(harness);
  return out;
}

constexpr const char* kLinear = "audio/x-raw,format=S16LE,layout=interleaved,rate=8000,channels=1";

class G711Elements : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

std::vector<guint8> codes() {
  std::vector<guint8> all;
  for (int code = 0; code < 256; ++code) all.push_back(static_cast<guint8>(code));
  return all;
}

TEST_F(G711Elements, Mulawdec) {
  const auto linear = through<gint16>("mulawdec", "audio/x-mulaw,rate=8000,channels=1", codes());
  ASSERT_EQ(linear.size(), 256U);
  for (size_t code = 0; code < 256; ++code)
    EXPECT_EQ(jackfield::mulaw_to_linear(static_cast<guint8>(code)), linear[code]) << code;
}

TEST_F(G711Elements, Alawdec) {
  const auto linear = through<gint16>("alawdec", "audio/x-alaw,rate=8000,channels=1", codes());
  ASSERT_EQ(linear.size(), 256U);
  for (size_t code = 0; code < 256; ++code)
    EXPECT_EQ(jackfield::alaw_to_linear(static_cast<guint8>(code)), linear[code]) << code;
}

TEST_F(G711Elements, Mulawenc) {
  std::vector<gint16> samples;
  for (int sample = -32768; sample <= 32767; ++sample)
    samples.push_back(static_cast<gint16>(sample));
  const auto encoded = through<guint8>("mulawenc", kLinear, samples);
  ASSERT_EQ(encoded.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i)
    ASSERT_EQ(jackfield::linear_to_mulaw(samples[i]), encoded[i]) << samples[i];
}

}  // namespace
