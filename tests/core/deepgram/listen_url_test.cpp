#include "listen_url.hpp"

#include <gtest/gtest.h>

namespace deepgram {
namespace {

TEST(ListenUrlTest, Nova) {
  EXPECT_EQ(
      listen_url({.base_url = "https://api.deepgram.com/",
                  .language = "en",
                  .keyterms = {"Jack field", "ä"},
                  .extra = "tag=x"},
                 {.mulaw = true, .rate = 8000}),
      "wss://api.deepgram.com/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000&channels=1"
      "&language=en&interim_results=true&endpointing=300&utterance_end_ms=1000"
      "&smart_format=true&keyterm=Jack%20field&keyterm=%C3%A4&tag=x");
}

TEST(ListenUrlTest, Flux) {
  const std::string url = listen_url({.base_url = "ws://127.0.0.1:1",
                                      .flux = true,
                                      .eot_threshold = 0.8,
                                      .eager_eot_threshold = 0.35},
                                     {.mulaw = false, .rate = 16000});
  EXPECT_EQ(url,
            "ws://127.0.0.1:1/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000"
            "&eot_threshold=0.80&eager_eot_threshold=0.35&eot_timeout_ms=5000");
}

TEST(ListenUrlTest, WhatFluxDoesNotKnowIsLeftOut) {
  const std::string url =
      listen_url({.flux = true, .model = "flux-general-multi", .language = "de"},
                 {.mulaw = true, .rate = 8000});
  EXPECT_EQ(url,
            "wss://api.deepgram.com/v2/listen?model=flux-general-multi&encoding=mulaw"
            "&sample_rate=8000&language_hint=de&eot_threshold=0.70&eot_timeout_ms=5000");
}

}  // namespace
}  // namespace deepgram
