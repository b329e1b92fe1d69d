#include "tools_file_loading.hpp"

#include <glib.h>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "gstpp.hpp"
#include "settings_text.hpp"

namespace agentbrain {

namespace {

constexpr gsize kMostFile = 1024 * 1024;      // bytes
constexpr std::size_t kMostSubject = 16'384;  // bytes of a text that a pattern is looked for in
constexpr std::size_t kMostPatterns = 64;
// As in JavaScript, "$" is the end of the text, not also a line end before it.
constexpr auto kCompile =
    static_cast<GRegexCompileFlags>(G_REGEX_OPTIMIZE | G_REGEX_DOLLAR_ENDONLY);

// PCRE2 gives up after so many steps, whatever a pattern is like.
class Patterns {
 public:
  std::optional<bool> match(const std::string& pattern, const std::string& text) {
    if (text.size() > kMostSubject) return std::nullopt;
    if (patterns_.size() > kMostPatterns) patterns_.clear();
    auto found = patterns_.find(pattern);
    if (found == patterns_.end()) {
      gstpp::ErrorPtr error;
      RegexPtr made{g_regex_new(pattern.c_str(), kCompile, static_cast<GRegexMatchFlags>(0),
                                gstpp::OutPtr{error})};
      found = patterns_.emplace(pattern, std::move(made)).first;
    }
    if (!found->second) return std::nullopt;
    gstpp::ErrorPtr error;
    const gboolean matches =
        g_regex_match_full(found->second.get(), text.data(), static_cast<gssize>(text.size()), 0,
                           static_cast<GRegexMatchFlags>(0), nullptr, gstpp::OutPtr{error});
    if (error) return std::nullopt;
    return matches != FALSE;
  }

 private:
  using RegexPtr = std::unique_ptr<GRegex, gstpp::FreeWith<g_regex_unref>>;
  std::map<std::string, RegexPtr> patterns_;
};

}  // namespace

tools::PatternMatcher pattern_matcher() {
  return [patterns = std::make_shared<Patterns>()](const std::string& pattern,
                                                   const std::string& text) {
    return patterns->match(pattern, text);
  };
}

tools::ToolsFile load_tools_file(const std::string& path) {
  gchar* raw = nullptr;
  gsize size = 0;
  gstpp::ErrorPtr error;
  const gboolean loaded = g_file_get_contents(path.c_str(), &raw, &size, gstpp::OutPtr{error});
  const gstpp::CharPtr text{raw};
  if (!loaded) throw std::runtime_error(std::string("tools: ") + error->message);
  if (size > kMostFile) throw std::runtime_error(path + ": a tools file has at most 1 MiB");
  try {
    return tools::read_tools_file(
        {text.get(), size},
        [](std::string_view name) -> std::optional<std::string> {
          const char* value = g_getenv(std::string(name).c_str());
          if (!value) return std::nullopt;
          return value;
        },
        pattern_matcher());
  } catch (const jackfield::PositionedError& mistake) {
    throw std::runtime_error(jackfield::mistake_in(path, mistake));
  }
}

}  // namespace agentbrain
