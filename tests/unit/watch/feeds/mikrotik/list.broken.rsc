/ip firewall address-list
add list=bad address=192.0.2.300
add list=bad address=evil.example
add list=bad
add list=bad address=192.0.2.10
add list=bad \
