// Seats in pipelines of their own, around a room in another one.
#pragma once

#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gstpp.hpp"
#include "mixer_listening.hpp"

namespace mixer_test {

inline const std::string kCaps = "audio/x-raw,format=S16LE,rate=48000,channels=1";

inline std::string voice(double hertz, const std::string& more = "") {
  return "audiotestsrc is-live=true samplesperbuffer=960 volume=0.2 freq=" + std::to_string(hertz) +
         " " + more + " ! " + kCaps + " ! ";
}
inline std::string seat_text(double hertz, const std::string& properties = "") {
  return voice(hertz) + "mixerseat name=seat duck=never " + properties +
         " ! appsink name=ear sync=false";
}

class SeatTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void open_room(const std::string& more = "") {
    room_.launch("duckingmixer name=m " + more + " m.src ! fakesink sync=false async=false");
    mixer_ = room_["m"];
  }
  static void join(const Pipeline& seat, const gstpp::ElementPtr& mixer) {
    g_object_set(seat["seat"].get(), "mixer", mixer.get(), nullptr);
  }
  static int number(const Pipeline& seat) {
    gint number = -2;
    g_object_get(seat["seat"].get(), "pad-number", &number, nullptr);
    return number;
  }
  static Pipeline::Judge hears(std::vector<double> tones, std::vector<double> not_these) {
    return [=](const std::vector<float>& heard) {
      return std::all_of(tones.begin(), tones.end(),
                         [&](double hertz) { return std::abs(tone(heard, hertz) - 0.2) < 0.02; }) &&
             std::all_of(not_these.begin(), not_these.end(),
                         [&](double hertz) { return tone(heard, hertz) < 0.001; });
    };
  }

  Pipeline room_;
  gstpp::ElementPtr mixer_;
};

}  // namespace mixer_test
