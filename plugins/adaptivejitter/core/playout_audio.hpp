// Decoded audio: what was played lately and what is to be played next, in one piece, and a place
// between them. Splices let the place jump without a click. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace jitter {

class PlayoutAudio {
 public:
  PlayoutAudio(int rate, int channels);

  int rate() const { return rate_; }
  int channels() const { return channels_; }
  // In samples per channel.
  int ahead() const { return (static_cast<int>(samples_.size()) - place_) / channels_; }
  int behind() const { return place_ / channels_; }

  // Where decoders append.
  std::vector<float>& tail() { return samples_; }
  // Takes the first `samples` of what is ahead; fewer when there are fewer. Valid until the next
  // call.
  std::span<const float> take(int samples);
  // The part [from, from + count) of what is ahead goes, without any care for clicks.
  void erase_ahead(int from, int count);
  // What was appended from there on does not continue what is before it: its step goes within 2 ms.
  void smooth(int from);
  void clear();

  struct Match {
    int lag = 0;         // samples; ahead, or (negative) back
    float likeness = 0;  // normalised correlation, −1 to 1
  };
  // Where within [least, most] samples (both ahead, or both negative: back) the audio continues
  // most like it does here, of the lags that are allowed. lag 0: none, or there is too little
  // audio.
  template <typename Allowed>
  Match find_match(int least, int most, const Allowed& allowed) const {
    const int window = match_window(least, most);
    Match best{0, -2};
    if (window == 0) return best;
    // Coarsely in steps of 1/8 ms on every few samples, then exactly around the best.
    const int coarse = rate_ > 8000 ? rate_ / 8000 : 1;
    const auto look = [&](int from, int to, int pace, int step) {
      for (int lag = from; lag <= to; lag += pace) {
        if (!allowed(lag)) continue;
        const float like = likeness(lag, window, step);
        if (like > best.likeness) best = {lag, like};
      }
    };
    look(least, most, coarse, (coarse / 2) | 1);  // odd: both channels of stereo count
    if (coarse > 1 && best.lag != 0) {
      const int around = best.lag;
      best.likeness = -2;
      look(std::max(least, around - coarse + 1), std::min(most, around + coarse - 1), 1, 1);
    }
    return best;
  }
  Match match_at(int lag) const;
  // Jumps by `lag`, from here to there within 5 ms.
  void jump(Match match);

  // How the audio up to its very end is like that of `lag` samples before, the best within [least,
  // most].
  Match find_period(int least, int most) const;
  // Appends the last `lag` samples once more.
  void repeat(Match match);

  // Mean square of the next `length` samples.
  float power(int length) const;

  int fade_samples() const { return rate_ / 200; }

 private:
  int match_samples() const { return rate_ / 125; }  // compared: 8 ms

  int match_window(int least, int most) const;
  float likeness(int lag, int count, int step) const;

  const int rate_;
  const int channels_;
  std::vector<float> samples_;
  std::vector<float> leaving_;
  int place_ = 0;  // index into samples_
};

}  // namespace jitter
