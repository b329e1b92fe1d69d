#include "recognizer.hpp"

#include <glib.h>
#include <pocketsphinx.h>
#include <sphinxbase/cmn.h>
#include <sphinxbase/err.h>
#include <sphinxbase/feat.h>
#include <sphinxbase/fsg_model.h>
#include <sphinxbase/jsgf.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <vector>

#include "pronunciations.hpp"
#include "recognized_text.hpp"
#include "rejection.hpp"
#include "utf8.hpp"

namespace localspeech {

// Measured on the English prompts of Asterisk (8 kHz, mu-law) behind Upsampler, by letting the
// decoder's own running mean settle.
const ChannelMean kTelephoneMean = {49.23F, 5.77F, -1.06F, 7.49F,  -2.17F, -7.87F, 5.08F,
                                    -7.51F, 8.06F, -2.03F, -4.14F, 2.56F,  -3.81F};

namespace {

constexpr std::size_t kMaxGrammar = 1024 * 1024;

template <auto Fn>
struct CallFree {
  template <typename T>
  void operator()(T* p) const noexcept {
    Fn(p);
  }
};
using Config = std::unique_ptr<cmd_ln_t, CallFree<cmd_ln_free_r>>;
using Grammar = std::unique_ptr<jsgf_t, CallFree<jsgf_grammar_free>>;
using Network = std::unique_ptr<fsg_model_t, CallFree<fsg_model_free>>;

// pocketsphinx reports through one callback of the process. What a thread collects while it loads
// becomes the text of its error; everything else is dropped, so nothing reaches the terminal.
thread_local std::string* collected_errors = nullptr;

void on_sphinx_message(void*, err_lvl_t level, const char* format, ...) {
  if (level < ERR_FATAL && (!collected_errors || level < ERR_ERROR)) return;
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length <= 0) return;
  std::string_view text(line);
  // Without the source file of pocketsphinx: ERROR: "jsgf_parser.y", line 155: syntax error ...
  const std::size_t place = text.find(": ", text.find(", line "));
  if (text.starts_with("ERROR: \"") && place != std::string_view::npos)
    text.remove_prefix(place + 2);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (level >= ERR_FATAL) {
    // sphinxbase ends the process behind this call; somebody should know why.
    g_printerr("pocketsphinxstt: a model or dictionary is damaged: %s\n", line);
    return;
  }
  if (!collected_errors->empty()) *collected_errors += "; ";
  for (const char c : text) {
    if (c != '\n') *collected_errors += c;
  }
}

class CollectErrors {
 public:
  CollectErrors() { collected_errors = &text_; }
  ~CollectErrors() { collected_errors = nullptr; }
  CollectErrors(const CollectErrors&) = delete;
  CollectErrors& operator=(const CollectErrors&) = delete;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void silence_sphinx() {
  static std::once_flag once;
  std::call_once(once, [] { err_set_callback(on_sphinx_message, nullptr); });
}

void require_file(const std::string& path, const char* what, const char* property) {
  if (path.empty())
    throw RecognizerError(std::string("No ") + what + ": set \"" + property + "\".");
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw RecognizerError(std::string("The ") + what + " \"" + path + "\" does not exist. Set \"" +
                          property + "\", or install the package pocketsphinx-en-us.");
  }
}

std::string read_file(const std::string& path, const char* what) {
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in && !in.eof()) {
    throw RecognizerError(std::string("The ") + what + " \"" + path + "\" cannot be read.");
  }
  return text;
}

Config make_config(std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  Config config{
      cmd_ln_parse_r(nullptr, ps_args(), static_cast<int>(pointers.size()), pointers.data(), TRUE)};
  if (!config) throw RecognizerError("pocketsphinx refused its settings.");
  return config;
}

std::string list(const std::vector<std::string>& words) {
  constexpr std::size_t kShown = 20;
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < kShown; ++i) {
    text += (i ? ", " : "") + words[i];
  }
  if (words.size() > kShown) text += " and " + std::to_string(words.size() - kShown) + " more";
  return text;
}

Grammar parse_grammar(const std::string& path) {
  // Only text may reach sphinxbase's scanner: it prints what it does not know, to stdout.
  const std::string text = read_file(path, "grammar");
  const bool plain = std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c == 0x7F || (c < ' ' && c != '\n' && c != '\r' && c != '\t');
  });
  if (text.size() > kMaxGrammar || !plain || !jackfield::is_utf8(text) ||
      text.find("#JSGF") == std::string::npos) {
    throw RecognizerError("The grammar \"" + path +
                          "\" is not a JSGF file (text in UTF-8 of at most 1 MiB that begins with "
                          "#JSGF V1.0;).");
  }
  const CollectErrors errors;
  Grammar grammar{jsgf_parse_file(path.c_str(), nullptr)};
  if (!grammar) {
    throw RecognizerError("The grammar \"" + path + "\" is not valid JSGF (" + errors.text() +
                          "). Correct it; a rule reads: public <name> = one | two;");
  }
  return grammar;
}

Network build_network(jsgf_t* grammar, const std::string& path, logmath_t* logmath,
                      float language_weight) {
  jsgf_rule_t* rule = jsgf_get_public_rule(grammar);
  if (!rule) {
    throw RecognizerError("The grammar \"" + path +
                          "\" has no public rule. Write \"public\" before the rule to be heard.");
  }
  const CollectErrors errors;
  Network network{jsgf_build_fsg(grammar, rule, logmath, language_weight)};
  // A rule that is missing is reported, and otherwise passed over.
  if (!network || !errors.text().empty()) {
    throw RecognizerError(
        "The grammar \"" + path + "\" cannot be used (" + errors.text() +
        "). Define every rule that it refers to, and give no rule itself but at its end.");
  }
  return network;
}

}  // namespace

// Owns a ps_decoder_t and knows how to read its results.
class Recognizer::Decoder {
 public:
  explicit Decoder(const std::vector<std::string>& arguments)
      : config_(make_config(arguments)), cepstrum_(13) {
    const CollectErrors errors;
    decoder_.reset(ps_init(config_.get()));
    if (!decoder_) {
      throw RecognizerError("pocketsphinx could not load its models (" + errors.text() +
                            "). Check \"acoustic-model\", \"dictionary\" and \"language-model\".");
    }
    cmn_live_get(channel(), cepstrum_.data());
    own_mean_ = cepstrum_;
  }

  void begin(const ChannelMean* mean) {
    cancel();
    if (mean) {
      cepstrum_.assign(mean->begin(), mean->end());
    } else {
      cepstrum_ = own_mean_;
    }
    cmn_live_set(channel(), cepstrum_.data());
    // The noise estimate of another call must not reach this one.
    ps_start_stream(decoder_.get());
    running_ = ps_start_utt(decoder_.get()) == 0;
  }
  void feed(std::span<const std::int16_t> samples) {
    if (running_) ps_process_raw(decoder_.get(), samples.data(), samples.size(), FALSE, FALSE);
  }
  void end() {
    if (running_) ps_end_utt(decoder_.get());
    running_ = false;
  }
  void cancel() { end(); }

  std::string text() {
    const char* hypothesis = ps_get_hyp(decoder_.get(), nullptr);
    return hypothesis ? clean_text(hypothesis) : std::string();
  }
  std::vector<ScoredSegment> segments() {
    std::vector<ScoredSegment> result;
    for (ps_seg_t* it = ps_seg_iter(decoder_.get()); it; it = ps_seg_next(it)) {
      ScoredSegment segment;
      ps_seg_frames(it, &segment.begin, &segment.end);
      int32 language = 0;
      int32 back = 0;
      ps_seg_prob(it, &segment.score, &language, &back);
      segment.filler = is_filler(ps_seg_word(it));
      result.push_back(segment);
    }
    return result;
  }
  ChannelMean mean() {
    cmn_live_get(channel(), cepstrum_.data());
    ChannelMean result{};
    std::copy_n(cepstrum_.begin(), result.size(), result.begin());
    return result;
  }

  ps_decoder_t* get() { return decoder_.get(); }
  float language_weight() const { return static_cast<float>(cmd_ln_float_r(config_.get(), "-lw")); }

 private:
  cmn_t* channel() { return ps_get_feat(decoder_.get())->cmn_struct; }

  Config config_;
  std::unique_ptr<ps_decoder_t, CallFree<ps_free>> decoder_;
  std::vector<mfcc_t> cepstrum_;
  std::vector<mfcc_t> own_mean_;  // of the model
  bool running_ = false;
};

namespace {

// The words of the network, looked up in the dictionary. Only these are loaded: it saves 20 MB and
// most of the time.
void add_words(ps_decoder_t* decoder, const fsg_model_t* network, const RecognizerConfig& config) {
  std::set<std::string> words;
  for (int i = 0; i < fsg_model_n_word(network); ++i) {
    const std::string word(without_variant(fsg_model_word_str(network, i)));
    if (!is_filler(word)) words.insert(word);
  }
  std::string dictionary = read_file(config.dictionary, "dictionary");
  if (!config.pronunciations.empty()) {
    dictionary += '\n' + read_file(config.pronunciations, "file of pronunciations");
  }
  const Pronunciations pronunciations = find_pronunciations(dictionary, words);
  if (!pronunciations.missing.empty()) {
    throw RecognizerError("Words of the grammar \"" + config.grammar +
                          "\" are missing in the dictionary \"" + config.dictionary +
                          "\": " + list(pronunciations.missing) +
                          ". Write them as the dictionary does (lower case), choose other words, "
                          "or add them to a file of \"pronunciations\".");
  }
  const CollectErrors errors;
  for (const Pronunciation& p : pronunciations.found) {
    if (ps_add_word(decoder, p.word.c_str(), p.phones.c_str(), FALSE) < 0) {
      throw RecognizerError("The dictionary \"" + config.dictionary + "\" says \"" + p.word + " " +
                            p.phones + "\", which the acoustic model cannot use (" + errors.text() +
                            ").");
    }
  }
}

}  // namespace

Recognizer::Recognizer(const RecognizerConfig& config) {
  silence_sphinx();
  err_set_logfp(nullptr);  // of this thread: settings are dumped there, past the callback
  require_file(config.acoustic_model, "acoustic model", "acoustic-model");
  require_file(config.acoustic_model + "/mdef", "acoustic model's file", "acoustic-model");
  require_file(config.dictionary, "dictionary", "dictionary");
  // -logfn must stay unset: it would redirect the whole process.
  std::vector<std::string> common{
      "pocketsphinxstt", "-hmm", config.acoustic_model, "-bestpath", "no", "-fwdflat", "no"};
  if (config.grammar.empty()) {
    require_file(config.language_model, "grammar and no language model", "grammar");
    common.insert(common.end(), {"-lm", config.language_model, "-dict", config.dictionary});
    words_ = std::make_unique<Decoder>(common);
    return;
  }
  require_file(config.grammar, "grammar", "grammar");
  const Grammar grammar = parse_grammar(config.grammar);
  // Scores are relative to the best senone that was computed: both decoders must compute them all
  // for their scores to be comparable.
  if (config.judged) common.insert(common.end(), {"-compallsen", "yes"});
  words_ = std::make_unique<Decoder>(common);
  const Network network = build_network(grammar.get(), config.grammar,
                                        ps_get_logmath(words_->get()), words_->language_weight());
  add_words(words_->get(), network.get(), config);
  {
    const CollectErrors errors;
    if (ps_set_fsg(words_->get(), "grammar", network.get()) < 0 ||
        ps_set_search(words_->get(), "grammar") < 0) {
      throw RecognizerError("The grammar \"" + config.grammar + "\" cannot be used (" +
                            errors.text() + ").");
    }
  }
  if (!config.judged) return;
  std::vector<std::string> loop = common;
  loop.insert(loop.end(), {"-allphone_ci", "yes"});
  phones_ = std::make_unique<Decoder>(loop);
  const CollectErrors errors;
  if (ps_set_allphone(phones_->get(), "phones", nullptr) < 0 ||
      ps_set_search(phones_->get(), "phones") < 0) {
    throw RecognizerError("pocketsphinx could not make its phone loop (" + errors.text() + ").");
  }
}

Recognizer::~Recognizer() = default;

void Recognizer::begin(const ChannelMean* mean) {
  words_->begin(mean);
  if (phones_) phones_->begin(mean);
}

void Recognizer::feed(std::span<const std::int16_t> samples) {
  words_->feed(samples);
  if (phones_) phones_->feed(samples);
}

Hypothesis Recognizer::hypothesis() {
  Hypothesis result{.text = words_->text(), .confidence = phones_ ? 0.0 : 1.0};
  if (phones_ && !result.text.empty()) {
    result.confidence = judge(words_->segments(), phones_->segments()).confidence;
  }
  return result;
}

Hypothesis Recognizer::partial() { return hypothesis(); }

Hypothesis Recognizer::finish() {
  words_->end();
  if (phones_) phones_->end();
  return hypothesis();
}

ChannelMean Recognizer::mean() const { return words_->mean(); }

void Recognizer::cancel() {
  words_->cancel();
  if (phones_) phones_->cancel();
}

}  // namespace localspeech
