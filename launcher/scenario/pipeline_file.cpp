#include "scenario/pipeline_file.hpp"

#include <glib/gstdio.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "audio/capture_element.hpp"
#include "audio/core/audio_preset.hpp"
#include "platform/installation.hpp"
#include "scenario/core/source_position.hpp"
#include "scenario/element_check.hpp"
#include "scenario/room_seats.hpp"

namespace jackfield {
namespace {

constexpr gsize kMaxFileSize = 1024 * 1024;  // far beyond any pipeline; keeps a wrong file out

constexpr char kNoPipelineFile[] = "is not a pipeline file (UTF-8 text of at most 1 MiB)";

// The words in quotes of a message from gst_parse_launch, and all others that look like names.
std::vector<std::string> names_in(const std::string& message) {
  std::vector<std::string> names;
  std::string word;
  for (const char c : message + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_') {
      word += c;
    } else {
      if (!word.empty()) names.push_back(word);
      word.clear();
    }
  }
  return names;
}

// gst_parse_launch says no place; it names elements by their names, "mulawdec0" when they have
// none.
std::size_t place_of(const std::string& message, const PipelineWords& words) {
  for (const std::string& name : names_in(message)) {
    for (const ElementUse& element : words.elements) {
      const PropertyUse* given = element.find("name");
      if (given && given->value == name) return element.offset;
    }
    for (const ElementUse& element : words.elements) {
      if (name == element.factory ||
          (is_default_name(name, element.factory) && !element.find("name")))
        return element.offset;
    }
  }
  return words.elements.empty() ? 0 : words.elements.front().offset;
}

std::string hint_for(const GError& error) {
  if (error.domain != GST_PARSE_ERROR) return {};
  switch (error.code) {
    case GST_PARSE_ERROR_LINK:
      return "the two have no caps in common, or no free pad; put an audioconvert ! audioresample "
             "(or a decoder) between them";
    case GST_PARSE_ERROR_SYNTAX:
      return "see docs/pipeline-files.md; quotes go around values with spaces";
    default:
      return {};
  }
}

gstpp::ElementPtr parse(const PipelineText& text, gstpp::ErrorPtr& error) {
  GstElement* element = gst_parse_launch_full(text.text.c_str(), nullptr,
                                              GST_PARSE_FLAG_FATAL_ERRORS, gstpp::OutPtr{error});
  gstpp::ElementPtr owned{element ? static_cast<GstElement*>(gst_object_ref_sink(element))
                                  : nullptr};
  if (!owned || GST_IS_PIPELINE(owned.get())) return owned;
  // A text with a single element gives just that.
  gstpp::ElementPtr pipeline{
      static_cast<GstElement*>(gst_object_ref_sink(gst_pipeline_new(nullptr)))};
  gst_bin_add(GST_BIN(pipeline.get()), owned.get());
  return pipeline;
}

std::size_t origin(const PipelineText& text, std::size_t offset, std::size_t end_of_source) {
  return offset < text.origins.size() ? text.origins[offset] : end_of_source;
}

TextError parse_error(const PipelineText& text, const PipelineWords& words, const GError& error,
                      std::size_t end_of_source) {
  return {origin(text, place_of(error.message, words), end_of_source), error.message,
          hint_for(error)};
}

// Elements that read models, grammars or scripts before they run. Only that shows what is wrong in
// them. None of them does anything else before data come.
constexpr auto kReaders = std::to_array<std::string_view>(
    {"agentbrain", "agentloop", "flitetts", "pocketsphinxstt", "scriptedllm", "turndetector"});

bool is_reader(GstElement* element) {
  GstElementFactory* factory = gst_element_get_factory(element);
  const std::string_view name = factory ? GST_OBJECT_NAME(factory) : "";
  return std::find(kReaders.begin(), kReaders.end(), name) != kReaders.end();
}

void check_readers(GstElement* bin, const PipelineWords& words, std::vector<TextError>& errors) {
  for (GList* item = GST_BIN_CHILDREN(bin); item; item = item->next) {
    auto* element = GST_ELEMENT(item->data);
    if (is_reader(element)) {
      std::string why = why_not(element, GST_STATE_PAUSED);
      if (!why.empty()) errors.push_back({place_of(GST_OBJECT_NAME(element), words), why, ""});
    } else if (GST_IS_BIN(element)) {
      check_readers(element, words, errors);
    }
  }
}

// YYYY-MM-DD
std::string today() {
  const std::unique_ptr<GDateTime, gstpp::FreeWith<g_date_time_unref>> now{
      g_date_time_new_now_utc()};
  return gstpp::CharPtr{g_date_time_format(now.get(), "%Y-%m-%d")}.get();
}

}  // namespace

std::optional<PipelineFile> PipelineFile::read(const std::string& given, std::string& error) {
  const std::string path = find_installed(given, "pipelines");
  if (g_file_test(path.c_str(), G_FILE_TEST_IS_DIR)) {
    error = path + ": is a folder; name a pipeline file in it";
    return std::nullopt;
  }
  GStatBuf status{};
  if (g_stat(path.c_str(), &status) == 0 && (!g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR) ||
                                             static_cast<gsize>(status.st_size) > kMaxFileSize)) {
    error = path + ": " + kNoPipelineFile;
    return std::nullopt;
  }
  gstpp::CharPtr contents;
  gsize length = 0;
  gstpp::ErrorPtr failure;
  if (!g_file_get_contents(path.c_str(), gstpp::OutPtr{contents}, &length,
                           gstpp::OutPtr{failure})) {
    error = failure->message;
    if (!path.ends_with(".gst") && g_file_test((path + ".gst").c_str(), G_FILE_TEST_EXISTS))
      error += "\n  did you mean '" + path + ".gst'?";
    return std::nullopt;
  }
  if (length > kMaxFileSize ||
      !g_utf8_validate(contents.get(), static_cast<gssize>(length), nullptr)) {
    error = path + ": " + kNoPipelineFile;
    return std::nullopt;
  }
  PipelineFile file;
  file.path_ = path;
  gstpp::CharPtr absolute{g_canonicalize_filename(path.c_str(), nullptr)};
  gstpp::CharPtr folder{g_path_get_dirname(absolute.get())};
  file.folder_ = folder.get();
  file.source_.assign(contents.get(), length);
  return file;
}

std::variant<PipelineText, TextError> PipelineFile::expand(const Variables& variables) const {
  const auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "HERE" && !variables.command_line.contains(name)) return folder_;
    return variables.find(name);
  };
  return expand_pipeline_text(source_, lookup, variables.profile_texts());
}

std::vector<std::string> PipelineFile::mentioned_variables(const Variables& variables) const {
  auto expanded = expand_pipeline_text(
      source_, [](std::string_view) { return std::string{"x"}; }, variables.profile_texts());
  const auto* text = std::get_if<PipelineText>(&expanded);
  return text ? text->variables : std::vector<std::string>{};
}

std::string PipelineFile::describe(const TextError& error) const {
  return describe_error(path_, source_, error.offset, error.message, error.hint);
}

Variables standard_variables() {
  Variables variables;
  variables.environment = [](std::string_view name) -> std::optional<std::string> {
    const gchar* value = g_getenv(std::string{name}.c_str());
    if (!value) return std::nullopt;
    return value;
  };
  const AudioSystem system = native_audio_system();
  variables.platform["CAPTURE"] = capture_text(system, AudioPreset::kStandard);
  variables.platform["PLAYBACK"] = playback_text(system, AudioPreset::kStandard);
  return variables;
}

std::optional<CheckedPipeline> check_pipeline(const PipelineFile& file, const Variables& variables,
                                              std::vector<std::string>& errors) {
  std::vector<TextError> found;
  auto checked = check_pipeline(file, variables, found);
  for (const TextError& error : found) errors.push_back(file.describe(error));
  return checked;
}

std::optional<CheckedPipeline> check_pipeline(const PipelineFile& file, const Variables& variables,
                                              std::vector<TextError>& errors) {
  auto expanded = file.expand(variables);
  if (const auto* error = std::get_if<TextError>(&expanded)) {
    errors.push_back(*error);
    return std::nullopt;
  }
  CheckedPipeline checked{.text = std::get<PipelineText>(std::move(expanded))};
  const auto add = [&](TextError error) {
    error.offset = origin(checked.text, error.offset, file.source().size());
    errors.push_back(std::move(error));
  };
  auto read = read_pipeline_words(checked.text.text);
  if (const auto* error = std::get_if<TextError>(&read)) {
    add(*error);
    return std::nullopt;
  }
  const PipelineWords& words = std::get<PipelineWords>(read);
  checked.kind = kind_of(words);
  const std::size_t before = errors.size();
  for (const TextError& error : check_elements(words)) add(error);
  for (const TextError& error : words.unknown_references()) add(error);
  if (errors.size() > before) return std::nullopt;

  gstpp::ErrorPtr failure;
  const gstpp::ElementPtr pipeline = parse(checked.text, failure);
  if (!pipeline || failure) {
    errors.push_back(parse_error(checked.text, words, *failure, file.source().size()));
    return std::nullopt;
  }
  const std::vector<ElementUse> elements = with_stages(words);
  const EnvironmentLookup environment = [&](std::string_view name) -> std::optional<std::string> {
    return variables.environment ? variables.environment(name) : std::nullopt;
  };
  checked.missing_keys = missing_keys(elements, environment);
  checked.warnings = shutdown_warnings(elements, environment, today());
  // Without its key an element does not start, which says nothing about the others.
  std::vector<TextError> unreadable;
  if (checked.missing_keys.empty()) check_readers(pipeline.get(), words, unreadable);
  for (const TextError& error : unreadable) add(error);
  std::vector<TextError> wrong_seats;
  if (const PropertyUse* seats = seats_of(words))
    check_seats(file, *seats, pipeline.get(), variables, checked, wrong_seats);
  for (const TextError& error : wrong_seats) add(error);
  checked.desk = checked.kind == ScenarioKind::kOnce && words.find("agentbrain") &&
                 std::any_of(words.elements.begin(), words.elements.end(),
                             [](const ElementUse& e) { return is_capture_element(e.factory); });
  if (errors.size() > before) return std::nullopt;
  return checked;
}

gstpp::ElementPtr build_pipeline(const PipelineFile& file, const Variables& variables,
                                 std::string& error) {
  auto expanded = file.expand(variables);
  if (const auto* wrong = std::get_if<TextError>(&expanded)) {
    error = file.describe(*wrong);
    return nullptr;
  }
  const auto& text = std::get<PipelineText>(expanded);
  gstpp::ErrorPtr failure;
  gstpp::ElementPtr pipeline = parse(text, failure);
  if (pipeline && !failure) return pipeline;
  auto read = read_pipeline_words(text.text);
  const auto* words = std::get_if<PipelineWords>(&read);
  error = file.describe(
      parse_error(text, words ? *words : PipelineWords{}, *failure, file.source().size()));
  return nullptr;
}

}  // namespace jackfield
