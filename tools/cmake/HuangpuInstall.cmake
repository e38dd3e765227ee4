# What `cmake --install` puts in place beside the programs, which hp_binary installs: the service units, the
# scrape file and the documents. The units' paths follow the prefix at install time.

set(HP_SYSTEMD_DIR lib/systemd/system CACHE STRING "Folder of systemd units, relative to the prefix")
set(HP_SYSUSERS_DIR lib/sysusers.d CACHE STRING "Folder of systemd account files, relative to the prefix")
mark_as_advanced(HP_SYSTEMD_DIR HP_SYSUSERS_DIR)

install(FILES deploy/systemd/huangpu-node.service deploy/systemd/huangpu-signer.service DESTINATION ${HP_SYSTEMD_DIR})
install(CODE "
  foreach(name huangpu-node huangpu-signer)
    set(unit \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${HP_SYSTEMD_DIR}/\${name}.service\")
    file(READ \"\${unit}\" text)
    string(REPLACE /usr/bin/ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" text \"\${text}\")
    string(REPLACE /usr/share/doc/huangpu/ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}/\" text \"\${text}\")
    file(WRITE \"\${unit}\" \"\${text}\")
  endforeach()")
install(FILES deploy/systemd/huangpu.sysusers DESTINATION ${HP_SYSUSERS_DIR} RENAME huangpu.conf)
install(FILES deploy/prometheus/huangpu.yml DESTINATION ${CMAKE_INSTALL_DATADIR}/huangpu/prometheus)
install(FILES README.md ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
