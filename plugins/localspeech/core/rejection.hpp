// Was that a phrase of the grammar, or did the recognizer only make one of it?
//
// A grammar decoder fits some phrase to whatever it hears. The same audio is therefore decoded a
// second time with a loop of all phones, which fits anything. Speech that is in the grammar scores
// almost as well either way; other speech scores far better as free phones.
#pragma once

#include <span>

namespace localspeech {

// A word, phone or filler of a decoding, with the frames (10 ms) that it covers.
struct ScoredSegment {
  int begin = 0;
  int end = 0;          // the last frame
  int score = 0;        // acoustic, in units of 1024 steps of log base 1.0001: 0.1024 nats
  bool filler = false;  // silence or noise
};

struct Plausibility {
  int word_frames = 0;
  // The likelihood ratio of the phrase to free phones over the whole utterance, as its geometric
  // mean for a frame of speech, to the power of 1/2.7 (so that 0.5 parts the two kinds of speech
  // well), at most 1. 0 when there are no words.
  double confidence = 0.0;
};

// Both decodings must start with the same frame; what only one of them covers does not count.
Plausibility judge(std::span<const ScoredSegment> phrase, std::span<const ScoredSegment> phones);

// `rejection` is the least confidence that is believed; 0 believes everything.
bool believes(double confidence, double rejection);

}  // namespace localspeech
