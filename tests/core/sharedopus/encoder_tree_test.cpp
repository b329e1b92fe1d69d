#include "encoder_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tree_room.hpp"

namespace {

using namespace sharedopus_test;

constexpr int kOverlap = static_cast<int>(EncoderTree::kOverlap);

TEST(EncoderTree, WhoHearsTheSameIsEncodedForOnce) {
  Room room(50);
  Alone alone;
  for (int frame = 0; frame < 10; ++frame) {
    Samples& samples = room.sound(0, frame);
    const Packet expected = alone.encode(samples);
    for (std::size_t i = 0; i < 50; ++i) ASSERT_EQ(room.hear(i, samples), expected);
    ASSERT_EQ(room.runs(), 1U);
  }
}

TEST(EncoderTree, WhoHearsSomethingElseIsNotShared) {
  Room room(2);
  Alone first, second;
  for (int frame = 0; frame < 10; ++frame) {
    Samples &one = room.sound(0, frame), &other = room.sound(1, frame);
    ASSERT_EQ(room.hear(0, one), first.encode(one));
    ASSERT_EQ(room.hear(1, other), second.encode(other));
    ASSERT_EQ(room.runs(), 2U);
  }
}

// The decoder has heard the shared stream; what it gets from then on is what the very encoder of
// that stream would have made of what its listener hears now.
TEST(EncoderTree, WhoBranchesOffGoesOnFromTheSameState) {
  for (const bool private_first : {false, true}) {
    Room room(4);
    Alone shared, branch;
    for (int frame = 0; frame < 30; ++frame) {
      Samples &all = room.sound(0, frame), &own = room.sound(1, frame);
      const bool split = frame >= 10;
      if (split && private_first) {
        ASSERT_EQ(room.hear(3, own), branch.encode(own)) << frame;
      }
      const Packet expected = shared.encode(all);
      for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ(room.hear(i, all), expected) << frame;
      if (!split) {
        ASSERT_EQ(room.hear(3, all), branch.encode(all)) << frame;
      } else if (!private_first) {
        ASSERT_EQ(room.hear(3, own), branch.encode(own)) << frame;
      }
      ASSERT_EQ(room.runs(), split ? 2U : 1U);
    }
  }
}

TEST(EncoderTree, TheSmallerBranchJoinsTheLargerWhenBothHaveHeardTheSame) {
  for (const bool private_first : {false, true}) {
    Room room(4);
    Alone shared;
    for (int frame = 0; frame < 40; ++frame) {
      Samples &all = room.sound(0, frame), &own = room.sound(1, frame);
      Samples& heard = frame >= 10 && frame < 20 ? own : all;
      const Packet expected = shared.encode(all);
      Packet joining;
      if (private_first) joining = room.hear(3, heard);
      for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ(room.hear(i, all), expected) << frame;
      if (!private_first) joining = room.hear(3, heard);
      // The shared stream is nothing that a joining listener changes.
      const bool apart = frame >= 10 && frame < 20 + kOverlap;
      ASSERT_EQ(joining == expected, !apart) << frame;
      ASSERT_EQ(room.runs(), apart ? 2U : 1U) << frame;
    }
  }
}

TEST(EncoderTree, AListenerWhoComesLaterBeginsWithAnEncoderOfItsOwn) {
  Room room(3);
  Alone fresh, shared;
  for (int frame = 0; frame < 20; ++frame) {
    Samples& samples = room.sound(0, frame);
    const Packet expected = shared.encode(samples);
    ASSERT_EQ(room.hear(0, samples), expected);
    ASSERT_EQ(room.hear(1, samples), expected);
    if (frame < 5) continue;
    const Packet own = room.hear(2, samples);
    ASSERT_EQ(own, frame < 5 + kOverlap ? fresh.encode(samples) : expected);
  }
  EXPECT_EQ(room.tree().encoded(), static_cast<std::uint64_t>(20 + kOverlap));
}

TEST(EncoderTree, WhoIsLateTakesWhatOthersHadAndLosesNothing) {
  constexpr int kLate = 7;
  Room room(3);
  Alone alone;
  std::vector<Packet> expected;
  for (int frame = 0; frame < 40; ++frame) {
    expected.push_back(alone.encode(room.sound(0, frame)));
    room.hear(0, room.sound(0, frame));
    room.hear(1, room.sound(0, frame));
    if (frame < kLate) continue;
    const int then = frame - kLate;
    ASSERT_EQ(room.hear(2, room.sound(0, then)), expected[static_cast<std::size_t>(then)]);
    ASSERT_EQ(room.runs(), frame == kLate ? kLate + 1U : 1U);
  }
}

TEST(EncoderTree, WhoIsTooLateEncodesAloneAndStillFollowsFromItsOwnLastPacket) {
  Room room(3, 4);
  Alone alone;
  for (int frame = 0; frame < 60; ++frame) {
    for (std::size_t i = 0; i < (frame < 10 ? 3U : 2U); ++i) room.hear(i, room.sound(0, frame));
  }
  for (int frame = 0; frame < 10; ++frame) alone.encode(room.sound(0, frame));
  for (int frame = 10; frame < 20; ++frame) {
    room.runs();
    ASSERT_EQ(room.hear(2, room.sound(0, frame)), alone.encode(room.sound(0, frame))) << frame;
    ASSERT_EQ(room.runs(), 1U);
  }
}

TEST(EncoderTree, OtherControlsAreAnotherStream) {
  Room room(2);
  for (int frame = 0; frame < 12; ++frame) {
    Samples& samples = room.sound(0, frame);
    room.hear(0, samples);
    room.controls().bitrate = frame < 5 ? 32000 : 16000;
    room.hear(1, samples);
    room.controls().bitrate = 32000;
    EXPECT_EQ(room.runs(), frame < 5 ? 1U : 2U);
  }
}

TEST(EncoderTree, WhatNobodyElseHasIsNeitherHeldNorShared) {
  Room room(2);
  Samples& samples = room.sound(0, 0);
  for (int frame = 0; frame < 10; ++frame) {
    room.hear(0, samples, false);
    room.hear(1, samples, false);
    EXPECT_EQ(room.runs(), 2U);
    EXPECT_EQ(samples.holders, 0);
  }
  EXPECT_EQ(room.tree().frames(), 0U);
}

TEST(EncoderTree, SamplesAreHeldAsLongAsTheirPacketCanBeAskedFor) {
  Room room(2, 4);
  for (int frame = 0; frame < 20; ++frame) {
    room.hear(0, room.sound(0, frame));
    room.hear(1, room.sound(0, frame));
    room.tree().take_dropped();
  }
  for (int frame = 0; frame < 20; ++frame)
    EXPECT_EQ(room.sound(0, frame).holders, frame < 16 ? 0 : 1) << frame;
  EXPECT_EQ(room.tree().frames(), 4U);
  room.leave(0);
  room.leave(1);
  room.tree().take_dropped();
  EXPECT_EQ(room.sound(0, 19).holders, 0);
  EXPECT_EQ(room.tree().nodes(), 1U);  // the beginning
}

TEST(EncoderTree, GoesOnBehindAFrameThatCannotBeEncoded) {
  Room room(2);
  Samples &good = room.sound(0, 0), &bad = room.sound(0, 1), &next = room.sound(0, 2);
  bad.samples.resize(900);
  EXPECT_FALSE(room.hear(0, good).empty());
  EXPECT_FALSE(room.hear(1, good).empty());
  EXPECT_TRUE(room.hear(0, bad).empty());
  EXPECT_TRUE(room.hear(1, bad).empty());
  EXPECT_FALSE(room.hear(0, next).empty());
}

// Listeners come, go, fall behind, and change between mixes as they like. Whatever happens, memory
// stays bounded, a packet is what was encoded of what its listener hears, and when all hear the
// same for a while one encoder is left.
TEST(EncoderTree, AnyRoomStaysBoundedAndBecomesOneAgain) {
  constexpr std::size_t kListeners = 12, kHistory = 6;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&](int in) { return random() % static_cast<unsigned>(in) == 0; };
    Room room(kListeners, kHistory);
    std::vector<int> mix(kListeners, 0);
    std::vector<int> behind(kListeners, 0);
    for (int frame = 0; frame < 150; ++frame) {
      const bool calm = frame >= 150 - 2 * kOverlap - 2;
      for (std::size_t i = 0; i < kListeners; ++i) {
        if (calm) {
          mix[i] = 0;
          behind[i] = 0;
        }
        if (!calm && chance(10)) mix[i] = static_cast<int>(random() % 4);
        if (!calm && chance(30)) room.leave(i);
        if (!calm && chance(20)) behind[i] = static_cast<int>(random() % 9);
        if (!calm && chance(8)) continue;  // hears nothing now
        Samples& heard = room.sound(mix[i], std::max(0, frame - behind[i]));
        ASSERT_FALSE(room.hear(i, heard).empty());
      }
      room.tree().take_dropped();
      ASSERT_LE(room.tree().nodes(), kListeners * (kHistory + 2) + 1);
      if (!calm) room.runs();
    }
    Samples& last = room.sound(0, 150);
    room.runs();
    for (std::size_t i = 0; i < kListeners; ++i) room.hear(i, last);
    EXPECT_EQ(room.runs(), 1U) << "seed " << seed;
  }
}

}  // namespace
