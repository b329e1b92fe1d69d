// Waveforms of recordings as JSON text, those asked for last. Any thread.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <tuple>

#include "platform/folder_files.hpp"
#include "plugins/common/gstpp.hpp"

namespace jackfield {

class WaveformCache {
 public:
  static constexpr std::size_t kMaxBytes = 8 * 1024 * 1024;

  // What it is of: a folder's recording as it was, and the points.
  struct Key {
    std::string folder;
    std::uint64_t size = 0;
    std::int64_t modified_ns = 0;
    std::size_t points = 0;
    bool operator==(const Key&) const = default;
  };

  // Null when it is not there.
  gstpp::BytesPtr find(const Key& key);
  void add(const Key& key, GBytes* json);
  // Of all that is of this folder.
  void forget(const std::string& folder);

 private:
  struct Entry {
    Key key;
    gstpp::BytesPtr json;
  };

  std::mutex lock_;
  std::list<Entry> entries_;  // the one asked for last in front
  std::size_t bytes_ = 0;
};

}  // namespace jackfield
