"""What stands in every inbox, newest first. A sender is an agent's login or one of OFFICES."""

from typing import NamedTuple

OFFICES = {
    "rh": "Ressources humaines",
    "dgs": "Direction générale des services",
    "prevention": "Médecine préventive",
    "formation": "Service formation",
    "syndicat": "Section syndicale",
    "amicale": "Amicale du personnel",
    "informatique": "Service informatique",
}


class Message(NamedTuple):
    sender: str
    subject: str
    body: str
    attached: str = ""  # pdf | png | docx | ics | html


MESSAGES = (
    Message("dgs", "Note de service n° 41 : fermeture de l’accueil vendredi après-midi", """Bonjour à toutes et à tous,

L’accueil de la mairie sera fermé vendredi après-midi pour travaux électriques. La note complète est jointe.
Merci de prévenir les usagers que vous croisez.

La direction générale des services""", "pdf"),
    Message("d.nguyen", "Nid-de-poule rue des Églantiers (photo)", """Salut,

Signalé ce matin par un riverain devant le n° 12. J’ai balisé, photo jointe.
Il faudra deux sacs d’enrobé à froid.

David""", "png"),
    Message("rh", "Votre bulletin de paie est disponible", """Bonjour,

Votre bulletin de paie du mois est déposé dans votre coffre-fort numérique.

Les ressources humaines"""),
    Message("c.moreau", "Congés de fin d’année : tableau à compléter", """Bonjour,

Merci de compléter le tableau joint avec vos souhaits avant la fin du mois.
Sans réponse, vos jours seront posés d’office du 26 au 31.

Chloé""", "docx"),
    Message("prevention", "Convocation à la visite médicale", """Madame, Monsieur,

Vous êtes attendu(e) au centre de gestion, 3, place de l’Hôtel-de-Ville.
Acceptez l’invitation jointe pour l’ajouter à votre agenda.

Le service de médecine préventive""", "ics"),
    Message("f.girard", "Menus de la cantine de la semaine prochaine", """Bonjour,

Lundi : carottes râpées, blanquette, riz, clémentine.
Mardi : betteraves, gratin de pâtes, yaourt.
Jeudi : potage, poisson meunière, épinards, œuf à la neige.
Vendredi : salade, rôti de dinde, haricots verts, pomme.

François""", "pdf"),
    Message("e.benali", "École Jules-Ferry : radiateur froid salle 4", """Bonjour,

Le radiateur de la salle 4 est froid depuis ce matin, il fait 14 °C.
Quelqu’un peut-il passer avant la sieste ? Merci beaucoup !

Éliane"""),
    Message("amicale", "Arbre de Noël des enfants : inscriptions ouvertes", """Bonjour,

L’arbre de Noël aura lieu samedi en quinze à 15 h, salle des fêtes.
Goûter, magicien et cadeaux pour les moins de douze ans.

L’Amicale""", "html"),
    Message("i.rousseau", "Heure du conte : il me manque deux bénévoles", """Coucou,

Samedi de 10 h à 11 h 30 à la médiathèque. Goûter offert !

Inès"""),
    Message("formation", "Formation « premiers secours » : inscription validée", """Bonjour,

Votre inscription est validée, la convocation est jointe.
Prévoyez une tenue confortable.

Le service formation""", "pdf"),
    Message("j.leroy", "Clés du gymnase Coubertin", """Bonjour,

Le trousseau n° 7 n’a pas été rendu hier soir. Vérifiez vos poches, s’il vous plaît.

Jean-Noël"""),
    Message("b.lefevre", "Tonte du stade reportée", """Terrain trop gras : on reporte à jeudi s’il ne pleut pas.

Bruno"""),
    Message("syndicat", "Compte rendu du comité social territorial", """Chers collègues,

Le compte rendu est joint : régime indemnitaire, équipements d’hiver, titres-restaurant.

La section syndicale""", "pdf"),
    Message("h.petit", "Re : vacances sportives, qui fait quoi ?", """C’est bon pour moi, je prends le mardi et le jeudi.

Hugo

> Pouvez-vous me confirmer vos disponibilités ?"""),
    Message("informatique", "Messagerie indisponible ce soir de 19 h à 20 h", """Bonjour,

La messagerie et l’agenda seront arrêtés ce soir de 19 h à 20 h pour entretien.

Le service informatique"""),
)
