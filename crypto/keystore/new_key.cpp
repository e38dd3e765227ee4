#include "crypto/keystore/new_key.hpp"

#include <string_view>

#include "crypto/keystore/private_file.hpp"

namespace huangpu::crypto {

Result<NewKey> make_new_key(KeyPurpose purpose, SuiteId suite, const std::filesystem::path& folder,
                            const std::string& prefix, const KeyFileOptions& options) {
  HP_TRY_ASSIGN(const SecretKey secret, generate_key(suite));
  const SecretBytes passphrase = random_passphrase();
  HP_TRY_ASSIGN(const KeyFile file, create_key_file(purpose, secret, passphrase, options));
  const std::string name = prefix + "-" + file.public_key.id().hex().substr(0, 8);
  const NewKey made{file.public_key, folder / (name + ".json"), folder / (name + ".passphrase")};
  HP_TRY(write_private_file(made.passphrase_file, passphrase.view(), IfExists::kRefuse));
  HP_TRY(save_key_file(file, made.file));
  return made;
}

// Text, since it is kept in a file; never in memory that is not wiped.
SecretBytes random_passphrase() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const SecretBytes random = SecretBytes::random(24);
  SecretBytes text(random.size() * 2);
  for (std::size_t i = 0; i < random.size(); ++i) {
    text.writable()[2 * i] = static_cast<std::uint8_t>(kDigits[random.view()[i] >> 4]);
    text.writable()[2 * i + 1] = static_cast<std::uint8_t>(kDigits[random.view()[i] & 15]);
  }
  return text;
}

}  // namespace huangpu::crypto
