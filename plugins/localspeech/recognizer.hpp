// One pocketsphinx recognizer: a decoder for the grammar (or the language model) and, for
// rejection, one that decodes the same audio as free phones. Not thread-safe: one thread at a time.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace localspeech {

// What a recognizer is made of. Paths of files and, for the acoustic model, of a directory.
struct RecognizerConfig {
  std::string grammar;         // JSGF; "" for the language model
  std::string language_model;  // used when there is no grammar
  std::string acoustic_model;
  std::string dictionary;
  std::string pronunciations;  // further words and variants for the grammar; "" for none
  bool judged = true;          // with the phone loop; never with a language model

  auto operator<=>(const RecognizerConfig&) const = default;
};

// The configuration cannot be used; what() says why and what to do.
class RecognizerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The mean spectrum (cepstrum) of a line and its speaker, from which the decoders take what they
// hear. A good one makes a great difference for the first words.
using ChannelMean = std::array<float, 13>;
// Of telephone speech, 300 to 3400 Hz, behind Upsampler.
extern const ChannelMean kTelephoneMean;

struct Hypothesis {
  std::string text;         // "" when no words were heard, or no complete phrase of the grammar
  double confidence = 0.0;  // see rejection.hpp; 1 when there is no phone loop
};

class Recognizer {
 public:
  static constexpr int kRate = 16000;

  // Loads the models, which takes about 0.1 s (a language model 0.5 s). Throws RecognizerError.
  explicit Recognizer(const RecognizerConfig& config);
  ~Recognizer();
  Recognizer(const Recognizer&) = delete;
  Recognizer& operator=(const Recognizer&) = delete;

  // Begins an utterance of a speaker with this mean; nullptr for the model's own (wide band).
  void begin(const ChannelMean* mean);
  // Decodes 16 kHz samples, in step.
  void feed(std::span<const std::int16_t> samples);
  // What was heard so far.
  Hypothesis partial();
  // Ends the utterance.
  Hypothesis finish();
  // The mean of the speaker, with the finished utterance taken in.
  ChannelMean mean() const;
  // Ends the utterance and forgets it.
  void cancel();

 private:
  class Decoder;

  Hypothesis hypothesis();

  std::unique_ptr<Decoder> words_;
  std::unique_ptr<Decoder> phones_;  // null when not judged
};

}  // namespace localspeech
