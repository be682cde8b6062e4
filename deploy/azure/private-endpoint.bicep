// Reaches the account from a virtual network alone.
param location string
param accountId string
param accountName string
param subnetId string

@description('The network in which the name leads here; empty where the zone is kept elsewhere.')
param dnsNetworkId string
param zoneName string

var hasZone = !empty(dnsNetworkId)

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: '${accountName}-blob'
  location: location
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: '${accountName}-blob'
        properties: {
          privateLinkServiceId: accountId
          groupIds: ['blob']
        }
      }
    ]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = if (hasZone) {
  name: zoneName
  location: 'global'
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = if (hasZone) {
  parent: zone
  name: '${accountName}-link'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: dnsNetworkId
    }
  }
}

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = if (hasZone) {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: 'blob'
        properties: {
          privateDnsZoneId: zone.id
        }
      }
    ]
  }
}
