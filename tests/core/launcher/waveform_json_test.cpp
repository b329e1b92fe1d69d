#include "control/core/waveform_json.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using jackfield::Envelope;
using jackfield::waveform_json;

TEST(WaveformJson, NamesTheChannels) {
  const std::vector<Envelope> channels{{{{-32768, 32767}, {-16384, 16384}}}, {{{0, 3}, {-4, 0}}}};
  EXPECT_EQ(waveform_json(1.5, channels),
            "{\"seconds\":1.500,\"channels\":["
            "{\"name\":\"caller\",\"low\":[-1,-0.5],\"high\":[1,0.5]},"
            "{\"name\":\"agent\",\"low\":[0,-0.0001],\"high\":[0.0001,0]}]}\n");
}

TEST(WaveformJson, OneChannelIsTheCallers) {
  EXPECT_EQ(
      waveform_json(0, std::vector<Envelope>{{{{-3277, 1}}}}),
      "{\"seconds\":0.000,\"channels\":[{\"name\":\"caller\",\"low\":[-0.1],\"high\":[0]}]}\n");
  EXPECT_EQ(waveform_json(3600.0004, {}), "{\"seconds\":3600.000,\"channels\":[]}\n");
}

}  // namespace
