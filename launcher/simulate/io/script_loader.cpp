#include "script_loader.hpp"

#include <gio/gio.h>

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "plugins/common/gstpp.hpp"

namespace jackfield::simulate {
namespace {

constexpr goffset kMaxScript = 4 * 1024 * 1024;
constexpr goffset kMaxWav = 64 * 1024 * 1024;

struct FileText {
  std::string bytes;
  std::string error;
};

FileText read_file(const std::string& path, goffset limit) {
  const gstpp::GObjectPtr<GFile> file{g_file_new_for_path(path.c_str())};
  gstpp::ErrorPtr error;
  const gstpp::GObjectPtr<GFileInfo> info{g_file_query_info(
      file.get(), G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
      G_FILE_QUERY_INFO_NONE, nullptr, gstpp::OutPtr{error})};
  if (!info)
    return {{},
            g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ? "there is no such file"
                                                                           : error->message};
  if (g_file_info_get_file_type(info.get()) != G_FILE_TYPE_REGULAR)
    return {{}, "\"" + path + "\" is not a file"};
  if (g_file_info_get_size(info.get()) > limit)
    return {{}, "\"" + path + "\" is larger than " + std::to_string(limit / 1024 / 1024) + " MiB"};
  char* bytes = nullptr;
  gsize size = 0;
  if (!g_file_get_contents(path.c_str(), &bytes, &size, gstpp::OutPtr{error}))
    return {{}, error->message};
  const gstpp::CharPtr owner{bytes};
  return {{bytes, size}, {}};
}

std::string join(const std::string& folder, const std::string& name) {
  const gstpp::CharPtr path{g_build_filename(folder.c_str(), name.c_str(), nullptr)};
  return path.get();
}

class Loader {
 public:
  explicit Loader(std::vector<std::string> folders) : folders_(std::move(folders)) {}

  // Sets the clip, or returns what went wrong.
  std::string load(Utterance& utterance) {
    std::vector<const Clip*> parts;
    for (const std::string& name : utterance.files) {
      const auto clip = clip_of(name, utterance.gain);
      if (!clip) return error_;
      parts.push_back(clip.get());
      if (utterance.files.size() == 1) utterance.clip = clip;
    }
    if (!utterance.clip)
      utterance.clip = std::make_shared<const Clip>(join_clips(parts, utterance.gap));
    return {};
  }

 private:
  std::string find(const std::string& name) const {
    if (g_path_is_absolute(name.c_str())) return name;
    for (const std::string& folder : folders_) {
      std::string path = join(folder, name);
      if (g_file_test(path.c_str(), G_FILE_TEST_IS_REGULAR)) return path;
    }
    return {};
  }

  std::shared_ptr<const Clip> clip_of(const std::string& name, double gain) {
    auto& clip = clips_[{name, gain}];
    if (clip) return clip;
    const std::string path = find(name);
    if (path.empty()) {
      error_ = "there is no clip \"" + name + "\" in";
      for (const std::string& folder : folders_) error_ += " " + folder;
      return nullptr;
    }
    const FileText file = read_file(path, kMaxWav);
    if (!file.error.empty()) {
      error_ = file.error;
      return nullptr;
    }
    const WavResult wav =
        parse_wav({reinterpret_cast<const std::uint8_t*>(file.bytes.data()), file.bytes.size()});
    if (!wav.audio) {
      error_ = "\"" + path + "\" " + wav.error;
      return nullptr;
    }
    clip = std::make_shared<const Clip>(make_clip(*wav.audio, gain));
    return clip;
  }

  std::vector<std::string> folders_;
  std::map<std::pair<std::string, double>, std::shared_ptr<const Clip>> clips_;
  std::string error_;
};

}  // namespace

LoadedScript load_script(const std::string& path, const std::string& sounds) {
  LoadedScript out;
  const FileText file = read_file(path, kMaxScript);
  if (!file.error.empty()) {
    out.error = path + ": " + file.error;
    return out;
  }
  ScriptResult parsed = parse_caller_script(file.bytes);
  const auto located = [&](std::size_t line, std::size_t column, const std::string& text) {
    return path + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + text;
  };
  if (!parsed.script) {
    out.error = located(parsed.error.line, parsed.error.column, parsed.error.text);
    return out;
  }
  out.script = std::move(*parsed.script);
  const gstpp::CharPtr folder{g_path_get_dirname(path.c_str())};
  std::vector<std::string> folders{folder.get()};
  if (!out.script.sounds.empty())
    folders.push_back(g_path_is_absolute(out.script.sounds.c_str())
                          ? out.script.sounds
                          : join(folder.get(), out.script.sounds));
  folders.push_back(sounds.empty() ? kDefaultSounds : sounds);
  Loader loader{std::move(folders)};
  for_each_utterance(out.script.items, [&](Utterance& utterance) {
    if (!out.error.empty()) return;
    const std::string error = loader.load(utterance);
    if (!error.empty()) out.error = located(utterance.line, utterance.column, error);
  });
  if (out.script.name.empty()) {
    const gstpp::CharPtr name{g_path_get_basename(path.c_str())};
    out.script.name = name.get();
  }
  return out;
}

LoadedScript default_script(const std::string& sounds) {
  LoadedScript out;
  ScriptResult parsed = parse_caller_script(R"({"name": "hello", "steps": [
      {"listen": {"silence": 1500}}, {"say": "en/hello.wav", "text": "hello"},
      {"listen": true}, {"hang-up": true}]})");
  out.script = std::move(*parsed.script);
  Loader loader{{sounds.empty() ? kDefaultSounds : sounds}};
  for_each_utterance(out.script.items, [&](Utterance& utterance) {
    if (const std::string error = loader.load(utterance); !error.empty())
      out.error =
          error +
          "\nSay what the caller does with --script FILE.json or --wav FILE.wav, or install "
          "recorded speech: apt install asterisk-core-sounds-en-wav";
  });
  return out;
}

LoadedScript script_of_wav(const std::string& path) {
  LoadedScript out;
  const gstpp::CharPtr absolute{g_canonicalize_filename(path.c_str(), nullptr)};
  Utterance utterance;
  utterance.files.push_back(absolute.get());
  utterance.text = path;
  out.error = Loader{{}}.load(utterance);
  if (!out.error.empty()) {
    out.error = path + ": " + out.error;
    return out;
  }
  out.script.name = path;
  const auto size = static_cast<Samples>(utterance.clip->mulaw.size());
  out.script.timeout += size;
  out.script.items.push_back({Step{SayStep{std::move(utterance)}, 0}, nullptr});
  out.script.items.push_back({Step{ListenStep{}, 0}, nullptr});
  out.script.items.push_back({Step{HangUpStep{}, 0}, nullptr});
  return out;
}

}  // namespace jackfield::simulate
