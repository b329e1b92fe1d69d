#include "control/waveform_cache.hpp"

#include <algorithm>

namespace jackfield {

gstpp::BytesPtr WaveformCache::find(const Key& key) {
  const std::lock_guard guard{lock_};
  const auto it = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.key == key; });
  if (it == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, it);
  return gstpp::BytesPtr{g_bytes_ref(it->json.get())};
}

void WaveformCache::add(const Key& key, GBytes* json) {
  const std::lock_guard guard{lock_};
  const std::size_t size = g_bytes_get_size(json);
  if (size > kMaxBytes) return;
  entries_.push_front({key, gstpp::BytesPtr{g_bytes_ref(json)}});
  bytes_ += size;
  while (bytes_ > kMaxBytes) {
    bytes_ -= g_bytes_get_size(entries_.back().json.get());
    entries_.pop_back();
  }
}

void WaveformCache::forget(const std::string& folder) {
  const std::lock_guard guard{lock_};
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (it->key.folder == folder) {
      bytes_ -= g_bytes_get_size(it->json.get());
      it = entries_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace jackfield
