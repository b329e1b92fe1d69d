#include "recording_file.hpp"

#include <glib/gstdio.h>

#include <cerrno>

#include "gstpp.hpp"
#include "wav_header.hpp"

namespace callrecorder {
namespace {

constexpr int kFolderMode = 0750;  // recordings are private

std::string error_text(const std::string& path, const char* what, int code) {
  std::string text = "cannot ";
  text += what;
  text += " \"" + path + "\": " + g_strerror(code);
  return text;
}

}  // namespace

std::string RecordingFile::open(const Config& config) {
  close();
  config_ = config;
  data_bytes_ = 0;
  if (config_.path.empty()) return "no file name: set the property \"location\"";
  gstpp::CharPtr folder{g_path_get_dirname(config_.path.c_str())};
  if (g_mkdir_with_parents(folder.get(), kFolderMode) != 0) {
    return error_text(folder.get(), "create the folder", errno) +
           "; set \"location\" to a place that can be written";
  }
  // "x": fail when the file exists; asking first would leave a race between two recorders.
  file_.reset(g_fopen(config_.path.c_str(), config_.overwrite ? "wb" : "wbx"));
  if (!file_) {
    const int code = errno;
    std::string text = error_text(config_.path, "create", code);
    if (code == EEXIST) {
      return text + "; choose another \"location\", or set overwrite=true to replace it";
    }
    return text + "; set \"location\" to a file that can be written";
  }
  return config_.wav_header ? write_header() : std::string{};
}

void RecordingFile::set_format(uint32_t rate, uint16_t channels) {
  rate_ = rate;
  channels_ = channels;
}

uint64_t RecordingFile::frames() const {
  return config_.wav_header ? data_bytes_ / (2u * channels_) : 0;
}

std::string RecordingFile::fail(const char* what) {
  const int code = errno;
  std::string text = error_text(config_.path, what, code);
  if (config_.wav_header) {
    // The header counts only what was written whole. Overwriting it needs no space.
    std::clearerr(file_.get());
    const auto header = wav_header(rate_, channels_, data_bytes_);
    std::rewind(file_.get());
    std::fwrite(header.data(), 1, header.size(), file_.get());
  }
  file_.reset();
  return text;
}

std::string RecordingFile::append(std::span<const uint8_t> bytes) {
  if (!file_ || bytes.empty()) return {};
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size() ||
      std::fflush(file_.get()) != 0) {
    return fail("write to");
  }
  data_bytes_ += bytes.size();
  return {};
}

std::string RecordingFile::write_header() {
  const auto header = wav_header(rate_, channels_, data_bytes_);
  std::rewind(file_.get());
  if (std::fwrite(header.data(), 1, header.size(), file_.get()) != header.size() ||
      std::fseek(file_.get(), 0, SEEK_END) != 0 || std::fflush(file_.get()) != 0) {
    return fail("write the header of");
  }
  return {};
}

std::string RecordingFile::refresh() {
  if (!file_ || !config_.wav_header) return {};
  return write_header();
}

std::string RecordingFile::close() {
  if (!file_) return {};
  std::string problem = refresh();
  if (file_ && std::fclose(file_.release()) != 0 && problem.empty()) {
    problem = error_text(config_.path, "close", errno);
  }
  return problem;
}

}  // namespace callrecorder
